/** How often a process that dies by itself is started again: `allowed` times within any `windowMs`. */
export interface RestartBudget {
  /** How long to wait before the next start, in ms; undefined: it died too often, give up. */
  next(now: number): number | undefined;
}

/** The wait doubles from 200 ms with each death within the window, so that a broken process does not spin. */
export function restartBudget(allowed = 5, windowMs = 60_000): RestartBudget {
  const deaths: number[] = [];
  return {
    next(now) {
      while (deaths[0] !== undefined && deaths[0] <= now - windowMs) deaths.shift();
      if (deaths.length >= allowed) return undefined;
      deaths.push(now);
      return 200 * 2 ** (deaths.length - 1);
    },
  };
}

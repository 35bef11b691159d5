/**
 * Runs the preparations of one connection's sends one after another, so that what was sent first gets
 * the lower `seq`. As a rule a preparation does not wait, and then neither does this.
 */
export function inOrder<T>(
  line: { sending: Promise<unknown> | undefined },
  prepare: () => T | Promise<T>,
): T | Promise<T> {
  if (line.sending === undefined) {
    const result = prepare();
    if (!(result instanceof Promise)) return result;
    return keep(line, result);
  }
  return keep(line, line.sending.then(prepare, prepare));
}

function keep<T>(line: { sending: Promise<unknown> | undefined }, result: Promise<T>): Promise<T> {
  // What follows waits for the next turn as well, when this one's draft is already in the writer's queue.
  const turn: Promise<unknown> = result
    .catch(() => {})
    .then(() => {
      if (line.sending === turn) line.sending = undefined;
    });
  line.sending = turn;
  return result;
}

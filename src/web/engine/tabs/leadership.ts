/**
 * Of all tabs of a browser one leads: it has the connection and sends the outbox. It holds a lock for as long as it
 * lives, so the browser itself tells the next one when it is gone. A leader that lives and does not answer (frozen in
 * the background by a phone, say) loses the lock to a tab that somebody looks at.
 */
export interface Leadership {
  readonly leads: boolean;
  /** Takes the lead from whoever has it. */
  take(): void;
  close(): void;
}

export interface LeadershipOptions {
  readonly name: string;
  readonly onLead: () => void;
  /** Another tab took over. */
  readonly onLost: () => void;
}

export function createLeadership({ name, onLead, onLost }: LeadershipOptions): Leadership {
  const locks = globalThis.navigator?.locks;
  let leads = false;
  let closed = false;
  let release = () => {};
  let attempt = new AbortController();

  function lead(): Promise<void> {
    if (closed) return Promise.resolve();
    leads = true;
    onLead();
    return new Promise((resolve) => {
      release = resolve;
    });
  }

  function request(steal: boolean): void {
    attempt.abort();
    attempt = new AbortController();
    const { signal } = attempt;
    // A steal cannot be aborted, nor need it be: it is granted at once.
    locks.request(name, steal ? { steal } : { signal }, lead).catch(() => {
      // Aborted by ourselves, or stolen: then it is time to wait in line again.
      if (closed || signal.aborted) return;
      if (leads) {
        leads = false;
        onLost();
      }
      request(false);
    });
  }

  if (locks) request(false);
  // Without locks each tab leads itself, as a device of its own.
  else queueMicrotask(() => void lead());

  return {
    get leads() {
      return leads;
    },
    take() {
      if (!closed && !leads && locks) request(true);
    },
    close() {
      closed = true;
      leads = false;
      attempt.abort();
      release();
    },
  };
}

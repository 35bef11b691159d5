const open = new Set<AsyncDisposableStack>();

/** A scope that is disposed of by `await using` as usual, or when a signal ends the benchmark. */
export function signalledScope(): AsyncDisposableStack {
  const scope = new AsyncDisposableStack();
  open.add(scope);
  scope.defer(() => {
    open.delete(scope);
  });
  return scope;
}

/**
 * On Ctrl-C or SIGTERM: stops whatever runs, in order, then ends with the usual exit code. The answer is aborted
 * from the signal on.
 */
export function stopOnSignals(): AbortSignal {
  const stopping = new AbortController();
  function stop(code: number): void {
    stopping.abort();
    void Promise.allSettled([...open].map((scope) => scope.disposeAsync())).then(() => process.exit(code));
  }
  process.once("SIGINT", () => stop(130));
  process.once("SIGTERM", () => stop(143));
  return stopping.signal;
}

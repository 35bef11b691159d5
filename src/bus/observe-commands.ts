import type { RedisClient } from "./redis.ts";

interface Sending {
  sendCommand(command: { promise: Promise<unknown> }, ...more: unknown[]): unknown;
}

/**
 * Tells of each command of this connection how long its answer took, in seconds, and whether it failed. Connections
 * that others make from it are not looked at: they read, and wait on purpose.
 */
export function observeCommands(client: RedisClient, told: (seconds: number, failed: boolean) => void): void {
  const target = client as unknown as Sending;
  const send = target.sendCommand.bind(client);
  // A command that waited for the connection, or was redirected, comes here again.
  const seen = new WeakSet<object>();
  target.sendCommand = (command, ...more) => {
    if (!seen.has(command)) {
      seen.add(command);
      const start = performance.now();
      const ended = (failed: boolean) => told((performance.now() - start) / 1000, failed);
      command.promise.then(
        () => ended(false),
        () => ended(true),
      );
    }
    return send(command, ...more);
  };
}

/**
 * Ends connections on which nothing comes any more though an answer is due: a node that died or was cut off
 * closes nothing, and the kernel would wait for a quarter of an hour. An idle connection is pinged, so that an
 * answer is always due soon. The wait is counted in looks, not by the clock: a process that was paused finds
 * what came meanwhile before it judges.
 */
import type { Socket } from "node:net";
import type { Redis } from "ioredis";

const LOOK = 250;
/** How long an answer may take, in ms. */
const LIMIT = 1250;
/** How long the streams adapter's reader lets Redis wait for the next packet, in ms: no answer is due before. */
export const READ_BLOCK = 1000;

/** ioredis tells of its socket and of what waits for an answer only here. */
interface Internals {
  stream?: Socket;
  commandQueue: { length: number; peekFront(): { command: { name: string } } | undefined };
}

/** Looks at the connection until it ends for good; what reconnects it is ioredis' own retrying. */
export function watchSilence(client: Redis): void {
  const internals = client as unknown as Internals;
  let socket: Socket | undefined;
  let heard = 0;
  let silent = 0;
  let sincePing = 0;

  function look(): void {
    if (client.status === "end") {
      clearInterval(timer);
      return;
    }
    const { stream, commandQueue } = internals;
    if (!stream || stream.destroyed || stream.connecting) return;
    const waiting = commandQueue.peekFront();
    silent = stream === socket && stream.bytesRead === heard && waiting ? silent + LOOK : 0;
    socket = stream;
    heard = stream.bytesRead;
    const limit = waiting?.command.name === "xread" ? LIMIT + READ_BLOCK : LIMIT;
    if (silent > limit) stream.destroy(new Error(`no answer for ${silent} ms: connecting anew`));
    sincePing += LOOK;
    if (client.status !== "ready" || waiting || sincePing < 2 * LOOK) return;
    sincePing = 0;
    client.ping().catch(() => {}); // only that something comes back matters, and that is seen above
  }

  const timer = setInterval(look, LOOK).unref();
}

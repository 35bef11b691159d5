/**
 * The local Google as a process of its own, for measurements. Prints one line with `env` and `account` (a service
 * account's file), then what it has received, five times a second.
 */
import { setPriority } from "node:os";
import { startFcm } from "../server.ts";

// The real one is on another machine: what is measured on this one goes first.
setPriority(15);
const google = await startFcm();
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ env: google.env, account: google.oauth.createKey() });
setInterval(() => {
  const { all } = google.screens;
  let pushes = 0;
  let last = 0;
  for (const { received } of all.values()) {
    pushes += received.length;
    last = Math.max(last, received.at(-1)?.at ?? 0);
  }
  say({ devices: all.size, pushes, last, refused: google.state.refused.length });
}, 200);

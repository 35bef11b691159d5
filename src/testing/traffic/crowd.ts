import type { SyncingClientOptions } from "../client/syncing-client.ts";
import { gather, type People } from "../history/people.ts";
import type { Schedule } from "../history/schedule.ts";
import { inTurns } from "./in-turns.ts";

/** Devices of one circle of people who talk with each other, in pairs and two groups. */
const CIRCLE = 8;

/** What a circle is made of: one of its people has two devices, and owns the two groups of up to four. */
export function circles(clients: number): Schedule[] {
  const sizes: number[] = [];
  for (let left = clients; left > 0; left -= CIRCLE) sizes.push(Math.max(3, Math.min(CIRCLE, left)));
  let device = 0;
  return sizes.map((size) => ({
    users: size - 1,
    groups: [0b000111, 0b101010],
    // Neighbours on different gateways.
    actors: Array.from({ length: size }, (_, i) => ({ user: i % (size - 1), gateway: device++, steps: [] })),
    removal: { at: 0, member: 0 },
  }));
}

/**
 * Registers everybody and makes their groups, a few circles at a time. A circle is judged by itself, so what a stranger
 * gets is found by its words: nobody in their own circle said them.
 */
export function gatherCrowd(
  clients: number,
  urls: readonly string[],
  more: Partial<SyncingClientOptions>,
): Promise<People[]> {
  return inTurns(4, circles(clients), (circle) => gather(circle, urls, more));
}

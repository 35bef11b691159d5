import { setTimeout as delay } from "node:timers/promises";
import { api } from "../client/api.ts";
import { type Clock, until } from "./act.ts";
import type { People } from "./people.ts";
import type { End } from "./record.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The owner takes a member out of the first group, if that leaves somebody to talk to; tried over either gateway
 * until one answers.
 */
export async function removeMember(
  people: People,
  schedule: Schedule,
  urls: readonly string[],
  clock: Clock,
  giveUp: AbortSignal,
): Promise<void> {
  const group = people.groups[0];
  const owner = people.accounts[0];
  if (!group || !owner || group.members.length < 3) return;
  const removed = group.members[1 + (schedule.removal.member % (group.members.length - 1))] as string;
  await until(clock, schedule.removal.at);
  const begunAt = performance.now();
  const path = `/conversations/${group.id}/participants/${removed}`;
  const result = await attempt(urls, owner.token, path, giveUp);
  people.recorder.removals.push({
    userId: owner.id,
    conversation: group.key,
    removed,
    begunAt,
    endedAt: performance.now(),
    result,
  });
}

async function attempt(
  urls: readonly string[],
  token: string,
  path: string,
  giveUp: AbortSignal,
): Promise<End<unknown>> {
  for (let tries = 0, maybe = 0; !giveUp.aborted; tries++) {
    const url = urls[tries % urls.length] as string;
    const answer = await api(url, token, 3_000)
      .delete(path)
      .catch(() => undefined);
    if (answer && answer.status < 300) return { end: "ok", maybe };
    if (answer && answer.status < 500 && answer.status !== 429) {
      return { end: "refused", maybe, code: String(answer.body?.code) };
    }
    maybe += 1;
    await delay(Math.min(1_000, 100 * (tries + 1)), undefined, { signal: giveUp }).catch(() => {});
  }
  return { end: "unknown" };
}

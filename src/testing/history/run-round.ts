import { inspect } from "node:util";
import type { Platform } from "../platform/platform.ts";
import { act, type Clock } from "./act.ts";
import { check } from "./check.ts";
import { inflict } from "./faults.ts";
import { look } from "./look.ts";
import { gather, type People } from "./people.ts";
import type { History, Violation } from "./record.ts";
import type { Recorder } from "./recorder.ts";
import { removeMember } from "./remove-member.ts";
import type { Round, Schedule } from "./schedule.ts";

export type Verdict = {
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  readonly history: History;
};

/** After the faults are healed, what is still unanswered after so long never will be. In milliseconds. */
const PATIENCE_MS = 20_000;

/** Runs the schedules of a round side by side, over its faults, and judges each. Closes all it opened. */
export async function runRound(platform: Platform, round: Round, lengthMs: number): Promise<Verdict[]> {
  const urls = platform.gateways.map((gateway) => gateway.url);
  const groups = await Promise.all(round.schedules.map((schedule) => gather(schedule, urls)));
  const devices = groups.flatMap((people) => people.devices);
  const actors = round.schedules.flatMap((schedule) => schedule.actors);
  const giveUp = new AbortController();
  try {
    await Promise.all(devices.map((device, i) => device.online(actors[i]?.gateway)));
    await Promise.all(devices.map((device) => device.connectedWithin(10_000)));
    const clock: Clock = { startedAt: performance.now(), lengthMs };
    const actions = groups.map((people, i) => {
      const schedule = round.schedules[i] as Schedule;
      return Promise.all([
        act(people, schedule, clock, giveUp.signal),
        removeMember(people, schedule, urls, clock, giveUp.signal),
      ]);
    });
    await inflict(platform, round.faults, clock);
    const patience = setTimeout(() => giveUp.abort(), lengthMs + PATIENCE_MS);
    await Promise.all(actions).finally(() => clearTimeout(patience));
    const stuck = giveUp.signal.aborted;
    const verdicts = await Promise.all(
      groups.map((people, i) => judge(people, round.schedules[i] as Schedule, urls, stuck)),
    );
    mustRun(platform);
    return verdicts;
  } finally {
    giveUp.abort();
    await Promise.all(devices.map((device) => device.close()));
  }
}

/** A gateway that ended without having been killed is the finding: whatever else was found follows from it. */
function mustRun(platform: Platform): void {
  const gone = platform.gateways.find((gateway) => !gateway.running);
  if (gone) throw new Error(`${gone.name} ended by itself; its last output:\n${gone.output()}`);
}

/** The verdict on one schedule that has ended. `stuck`: what is unanswered is held against the platform. */
export async function judge(
  people: People,
  schedule: Schedule,
  urls: readonly string[],
  stuck: boolean,
): Promise<Verdict> {
  const { recorder } = people;
  const violations = await look(people, urls).catch((error): Violation[] => [
    { kind: "stuck", what: `the final views cannot be had: ${inspect(error)}` },
  ]);
  if (stuck) violations.push(...unanswered(recorder));
  const history = { ...recorder, conversations: [...recorder.conversations.values()] };
  return { schedule, violations: [...violations, ...check(history)], history };
}

/** Once all faults are healed everything must be answered: what is not is held against the platform. */
function unanswered({ sends, edits, deletes, reactions, reads, removals }: Recorder): Violation[] {
  const operations = [...sends, ...edits, ...deletes, ...reactions, ...reads, ...removals];
  return operations
    .filter((o) => o.result.end === "unknown" && o.endedAt - o.begunAt > PATIENCE_MS / 2)
    .map((o) => ({ kind: "stuck", what: `never answered: ${JSON.stringify(o)}` }));
}

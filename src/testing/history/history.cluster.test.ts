import { expect, test } from "vitest";
import { startPlatform } from "../platform/platform.ts";
import { runCampaign } from "./campaign.ts";

// As many as fit into a minute or so of CI; `npm run history -- --schedules 200` runs them all.
const schedules = Number(process.env.HISTORY_SCHEDULES ?? 120);
const seed = Number(process.env.HISTORY_SEED ?? Math.floor(Math.random() * 1_000_000_000));

test("every acknowledged message is in every participant's final view exactly once, in order, and in nobody else's, with a gateway killed, Redis emptied and Postgres restarted in the middle", {
  timeout: 60_000 + schedules * 10_000,
}, async () => {
  await using platform = await startPlatform({ worker: false });
  const result = await runCampaign(platform, { schedules, seed, say: (line) => console.log(line) });
  expect(result.failures).toEqual([]);
  expect(result.schedules).toBeGreaterThanOrEqual(schedules);
  // A campaign in which nothing is said proves nothing.
  expect(result.messages).toBeGreaterThan(result.schedules * 5);
});

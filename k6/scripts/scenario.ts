/** What all scenarios have in common: options for k6, the course of a run, and the page at its end. */
import { check } from "k6";
import exec from "k6/execution";
import type { Options } from "k6/options";
import { type Circle, gather, sleep } from "./circle.ts";
import { mark } from "./control.ts";
import * as metrics from "./metrics.ts";
import { type Defaults, readSettings, type Settings } from "./settings.ts";
import { htmlPage, type RunData, textPage } from "./summary.ts";

export interface Scenario {
  readonly name: string;
  /** One sentence for the head of the page. */
  readonly title: string;
  readonly defaults: Defaults;
  /** What it holds a run to, besides what holds for all of them. */
  readonly thresholds?: (settings: Settings) => Record<string, string[]>;
  /** What is done to the platform (or to the circle) while it talks; `begin` is when talking begins. */
  readonly meanwhile?: (circle: Circle, begin: number, settings: Settings) => Promise<void>;
}

/** For what is under way when sending ends, at most. */
const SETTLE_MS = 60_000;
/** Between the last connect and the first message. */
const PAUSE_MS = 2_000;
/** So much later than planned at most, where signing up takes longer. */
const PATIENCE_MS = 300_000;

/** What a scenario's file exports for k6. */
export function scenario({ name, title, defaults, thresholds, meanwhile }: Scenario) {
  const settings = readSettings(__ENV, defaults);
  const { vus, connections, rate, seconds, gather: gatherSeconds, ramp, instances } = settings;
  const sends = Math.floor((rate * seconds) / vus) * vus;

  const options: Options = {
    scenarios: {
      [name]: {
        executor: "per-vu-iterations",
        exec: "run",
        vus,
        iterations: 1,
        maxDuration: `${Math.ceil(gatherSeconds + ramp + seconds + (PATIENCE_MS + 2 * SETTLE_MS) / 1000)}s`,
        gracefulStop: "5s",
      },
    },
    thresholds: {
      checks: ["rate==1"],
      chat_lost: ["count==0"],
      chat_duplicates: ["count==0"],
      chat_disorder: ["count==0"],
      chat_strangers: ["count==0"],
      chat_unanswered: ["count==0"],
      // A circle that broke down would count nothing at all: each must have come to its verdict, and have sent its part.
      chat_verdicts: [`count>=${Math.floor(vus / instances)}`],
      ...(sends > 0 && { chat_sent: [`count>=${Math.floor(sends / instances)}`] }),
      ...thresholds?.(settings),
    },
    summaryTrendStats: ["count", "avg", "med", "p(95)", "p(99)", "max"],
    systemTags: ["scenario", "group", "status", "name", "check", "error_code"],
    tags: { load: name },
  };

  async function run(): Promise<void> {
    const circle = gather(settings, exec.vu.idInTest - 1);
    try {
      const connectAt = Math.max(exec.scenario.startTime + gatherSeconds * 1000, Date.now());
      await circle.connect(connectAt, connectAt + ramp * 1000 + SETTLE_MS);
      const everybody = circle.devices.every(({ settled }) => settled);
      const begin = Math.max(connectAt + ramp * 1000 + PAUSE_MS, Date.now());
      if (begin > Date.now()) await sleep(begin - Date.now());
      await mark("begin", settings);
      await Promise.all([circle.talk(begin), meanwhile?.(circle, begin, settings)]);
      const rest = begin + seconds * 1000 - Date.now();
      if (rest > 0) await sleep(rest);
      await mark("end", settings);
      await circle.settle(SETTLE_MS);
      const verdict = circle.judge();
      metrics.judged(verdict);
      check(verdict, {
        "everybody was connected": () => everybody,
        "everybody is connected in the end": () => circle.devices.every(({ connected }) => connected),
        "nothing acknowledged is lost": ({ lost }) => lost === 0,
        "nothing is seen twice": ({ duplicates }) => duplicates === 0,
        "seq has no gap and keeps everybody's order": ({ disorder }) => disorder === 0,
        "nobody sees what is not theirs": ({ strangers }) => strangers === 0,
        "everything sent was acknowledged": ({ unanswered }) => unanswered === 0,
      });
    } finally {
      circle.close();
    }
  }

  function handleSummary(data: RunData): Record<string, string> {
    const head = { name, title, settings: { connections, vus, rate, seconds, ramp, urls: settings.urls } };
    const { report } = settings;
    return {
      stdout: textPage(head, data),
      ...(report && {
        [`${report}.html`]: htmlPage(head, data),
        [`${report}.json`]: JSON.stringify({ ...head, metrics: data.metrics }),
      }),
    };
  }

  return { options, run, handleSummary };
}

/** That deliveries stay under P99_MS. */
export function deliversFast({ p99 }: Settings): Record<string, string[]> {
  return { chat_delivery: [`p(99)<${p99}`] };
}

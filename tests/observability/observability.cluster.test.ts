/** A real Prometheus looks at a real platform under load, and at what happens when plugs are pulled. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { withLabels } from "../../dashboards/build.ts";
import { boards } from "../../dashboards/generate.ts";
import { alerts } from "../../dashboards/rules/alerts.ts";
import { ruleGroups, runbookOf } from "../../dashboards/rules/rules.ts";
import { scaled } from "./scaled.ts";
import { FASTER, type Stage, startStage } from "./stage.ts";
import { hasPrometheus } from "./tools.ts";

const there = hasPrometheus();
let stage: Stage;
beforeAll(async () => {
  if (there) stage = await startStage();
}, 120_000);
afterAll(() => stage?.[Symbol.asyncDispose]());

const query = (expr: string) => stage.prometheus.query(expr);
/** As Grafana fills a panel's variables in. */
const filled = (expr: string) =>
  expr
    .replaceAll('"$namespace"', '".*"')
    .replaceAll('"$cluster"', '".*"')
    .replaceAll("$__rate_interval", "5s");

describe.skipIf(!there)("under load", () => {
  test("every query of every panel answers with data, unless it says why not", {
    timeout: 60_000,
  }, async () => {
    const all = boards.flatMap((board) =>
      board.rows
        .flatMap((row) => row.panels)
        .filter((panel) => panel.quiet === undefined)
        .flatMap((panel) =>
          panel.queries.map(({ expr }) => ({
            where: `${board.title} / ${panel.title}`,
            expr: filled(withLabels(expr, board.scope)),
          })),
        ),
    );
    expect(all.length).toBeGreaterThan(80);
    // Pushes have their delay, recorded figures their second.
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(all.map(async ({ expr }) => (await query(expr)).length));
        expect(all.filter((_, index) => answers[index] === 0)).toEqual([]);
      },
      { timeout: 40_000, interval: 1000 },
    );
  });

  test("every rule can be answered: what is recorded is there, and each alert's parts have data", {
    timeout: 30_000,
  }, async () => {
    const rules = scaled(ruleGroups(), FASTER).groups.flatMap((group) => group.rules);
    for (const { record } of rules)
      if (record !== undefined) expect(await query(record), record).not.toEqual([]);
    const quiet = new Set(["NexusBackupFailing"]); // only where there are backups
    for (const { alert, expr } of rules) {
      if (alert === undefined || quiet.has(alert)) continue;
      // What a comparison compares is there; only the comparison says no.
      for (const part of selectors(expr)) expect(await query(part), `${alert}: ${part}`).not.toEqual([]);
    }
  });

  test("in health nothing fires", async () => {
    expect(await query('ALERTS{alertstate="firing"}')).toEqual([]);
  });
});

describe.skipIf(!there)("a plug pulled", () => {
  test.each([
    ["Redis", "RedisDown", () => stage.platform.redis?.kill(), () => stage.platform.redis?.restartEmpty()],
    [
      "Postgres",
      "PostgresDown",
      () => stage.platform.postgres.kill(),
      () => stage.platform.postgres.restart(),
    ],
    [
      "a gateway",
      "GatewayDown",
      () => stage.platform.gateways[1]?.kill(),
      () => stage.platform.gateways[1]?.start(),
    ],
    [
      "push",
      "PushFailing",
      async () => {
        stage.google.state.fault = () => ({ status: 503, body: {}, reset: true });
      },
      async () => {
        stage.google.state.fault = undefined;
      },
    ],
  ] as const)(
    "%s: %s fires, nobody else is woken, and the runbook's first query shows it",
    { timeout: 120_000 },
    async (_, name, pull, mend) => {
      const woken = new Set<string>();
      await pull();
      try {
        await vi.waitFor(
          async () => {
            const firing = await query('ALERTS{alertstate="firing"}');
            for (const { metric } of firing)
              if (metric.severity === "critical") woken.add(metric.alertname ?? "");
            expect(firing.map(({ metric }) => metric.alertname)).toContain(`Nexus${name}`);
          },
          { timeout: 40_000, interval: 300 },
        );
        expect(await query(await firstQuery(name))).not.toEqual([]);
        // What follows from it has its time to show.
        await until(5000, async () => {
          for (const { metric } of await query('ALERTS{alertstate="firing",severity="critical"}'))
            woken.add(metric.alertname ?? "");
        });
      } finally {
        await mend();
      }
      const alone =
        alerts.find((alert) => alert.name === name)?.severity === "critical" ? [`Nexus${name}`] : [];
      expect([...woken]).toEqual(alone);
      // Warnings that a part of the month's budget is gone are right to stay.
      const gone = async () => {
        expect(await query('ALERTS{alertstate="firing",severity="critical"}')).toEqual([]);
        expect(await query(`ALERTS{alertstate="firing",alertname="Nexus${name}"}`)).toEqual([]);
      };
      await vi.waitFor(gone, { timeout: 60_000, interval: 500 });
    },
  );
});

/** The instant vectors and rates that an expression is made of. */
function selectors(expr: string): string[] {
  const found = expr.match(
    /(?:rate|increase|changes|max_over_time)\([^()]*\)|[a-z_]+:[\w:]+|\b(?:nexus|nodejs|process)_\w+(?:\{[^}]*\})?(?!\[)/g,
  );
  return (found ?? []).map((part) => part.trim());
}

async function firstQuery(name: string): Promise<string> {
  const file = new URL(`../../docs/runbooks/${runbookOf({ name })}.md`, import.meta.url);
  const text = /```promql\n([^`]+)\n```/.exec(await readFile(file, "utf8"))?.[1] ?? "";
  return text.replace(/\[\d+[smhd]\]/g, "[10s]");
}

async function until(ms: number, look: () => Promise<void>): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; ) {
    await look();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

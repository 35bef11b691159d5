import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { boards } from "../../dashboards/generate.ts";
import { alerts } from "../../dashboards/rules/alerts.ts";
import { ruleGroups } from "../../dashboards/rules/rules.ts";
import { createOperatorMetrics } from "../../operator/metrics.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createWorkerMetrics } from "../../src/telemetry/worker-metrics.ts";
import { exported, namesIn } from "./names.ts";

/** Exported, and on no dashboard and in no alert: why all the same. */
const unused: Readonly<Record<string, string>> = {};

/** Created when the program has something to ask. */
const later = { watchSends: () => ({ count: 0, oldest: 0 }), underWay: () => 0 };

async function allExported(): Promise<Map<string, string>> {
  const [gateway, worker, operator] = [createMetrics(), createWorkerMetrics(["a"]), createOperatorMetrics()];
  gateway.watchSends(later.watchSends);
  gateway.watchPool(1, later.underWay);
  worker.watchPool(1, later.underWay);
  operator.watchDepth(() => 0);
  const texts = await Promise.all([gateway.render(), worker.render(), operator.render()]);
  return exported(texts.map(({ body }) => body).join("\n"));
}

const known = await allExported();
const histograms = new Set([...known].filter(([, kind]) => kind === "histogram").map(([name]) => name));
const panels = boards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
const queries = panels.flatMap((panel) => panel.queries.map(({ expr }) => expr));
const rules = ruleGroups().groups.flatMap((group) => group.rules);
const used = new Set(
  [...queries, ...rules.map(({ expr }) => expr)].flatMap((expr) => namesIn(expr, histograms)),
);

test("no dashboard and no rule asks for a metric that no program exports", () => {
  expect([...used].filter((name) => !known.has(name))).toEqual([]);
});

test("no metric is exported that no dashboard and no rule asks for, unless for a reason", () => {
  const idle = [...known.keys()].filter((name) => !used.has(name));
  expect(idle.sort()).toEqual(Object.keys(unused).sort());
});

test("what is recorded is used, and what rules and panels take as recorded is", () => {
  const recorded = rules.flatMap(({ record }) => record ?? []);
  const taken = [...queries, ...alerts.map(({ expr }) => expr)].flatMap(
    (expr) => expr.match(/nexus:[\w:]+/g) ?? [],
  );
  expect([...new Set(taken)].filter((name) => !recorded.includes(name))).toEqual([]);
  const idle = recorded.filter((name) => !taken.includes(name));
  expect(idle).toEqual([]);
});

test("the first query of each runbook asks for what is exported", async () => {
  for (const { name } of alerts) {
    const file = name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    const text = await readFile(new URL(`../../docs/runbooks/${file}.md`, import.meta.url), "utf8");
    const query = /```promql\n([^`]+)\n```/.exec(text)?.[1] ?? "";
    const names = namesIn(query, histograms);
    expect(
      names.filter((metric) => !known.has(metric)),
      file,
    ).toEqual([]);
    expect(names.length + (query.includes("up{") ? 1 : 0), file).toBeGreaterThan(0);
  }
});

test("every panel has a title, a description in sentences, a unit and queries; no two of a board the same title", () => {
  for (const board of boards) {
    for (const panel of board.rows.flatMap((row) => row.panels)) {
      expect(panel.description, panel.title).toMatch(/^.{9,}[.]$/s);
      expect(panel.unit).not.toBe("");
      expect(panel.queries.length).toBeGreaterThan(0);
      for (const { expr } of panel.queries) {
        expect(expr, "every selector takes the variables").not.toMatch(
          /\b(nexus_(?!operator)\w+|process_\w+|nodejs_\w+|up)(?![\w{(])/,
        );
        if (/\[/.test(expr)) expect(expr).toContain("[$__rate_interval]");
      }
    }
  }
});

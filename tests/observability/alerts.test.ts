import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { type Alert, alerts } from "../../dashboards/rules/alerts.ts";
import { type RuleGroups, ruleGroups, runbookOf, runbooks } from "../../dashboards/rules/rules.ts";
import { slos } from "../../dashboards/rules/slo.ts";
import { type AlertCase, cases } from "./alert-cases.ts";
import { hasPrometheus } from "./tools.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const rules = join(root, "charts/nexus/rules/nexus.yaml");
const prometheus = hasPrometheus();
const chat = { namespace: "chat", chat_cluster: "team" };

test("each alert says what it is, how urgent, and where the runbook is; the runbook is there, short and complete", async () => {
  for (const alert of alerts) {
    const file = join(root, "docs/runbooks", `${runbookOf(alert)}.md`);
    expect(existsSync(file), file).toBe(true);
    const text = await readFile(file, "utf8");
    expect(text).toMatch(
      new RegExp(
        `^# Nexus${alert.name}\n\n[^#]+\`\`\`promql\n[^\`]+\`\`\`\n\n## Look at\n\n- [^#]+\n## Do\n\n- `,
      ),
    );
    expect(text.split("\n").length).toBeLessThan(60);
    expect(alert.summary.length).toBeGreaterThan(20);
  }
  expect(new Set(alerts.map(runbookOf)).size).toBe(alerts.length);
});

test("each alert has a case that makes it fire, and one that does not", () => {
  expect([...new Set(cases.map(({ alert }) => alert))].sort()).toEqual(alerts.map(({ name }) => name).sort());
});

test.skipIf(!prometheus)("promtool has nothing to say against the rules", () => {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", rules], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const count = ruleGroups().groups.reduce((sum, group) => sum + group.rules.length, 0);
  expect(stdout).toContain(`SUCCESS: ${count} rules found`);
});

test.skipIf(!prometheus)(
  `every alert fires when it should and only then: ${2 * cases.length} cases`,
  { timeout: 120_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "nexus-rules-"));
    try {
      for (const alert of alerts) {
        await writeFile(join(directory, "rules.yaml"), stringify(rulesFor(alert)));
        const own = cases.filter((each) => each.alert === alert.name);
        const interval = own[0]?.interval ?? "1m";
        const tests = own.flatMap((each) => [asTest(each, true, interval), asTest(each, false, interval)]);
        const file = join(directory, "test.yaml");
        await writeFile(
          file,
          stringify({ rule_files: ["rules.yaml"], evaluation_interval: interval, tests }),
        );
        const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", file], {
          encoding: "utf8",
        });
        expect(status, `${stdout}\n${stderr}`).toBe(0);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);

/** The alert with what it is made of: all rules at once would take ten times as long. */
function rulesFor({ name }: Alert): RuleGroups {
  const groups = ruleGroups().groups.map((group) => ({
    ...group,
    rules: group.rules.filter(({ alert }) => alert === undefined || alert === `Nexus${name}`),
  }));
  const promise = slos.find((slo) => name.startsWith(slo.name))?.name.toLowerCase();
  return {
    groups: groups.filter(
      (group) => !group.name.startsWith("nexus.slo.") || group.name.endsWith(`.${promise}`),
    ),
  };
}

function asTest(each: AlertCase, fires: boolean, interval: string): object {
  const alert = alerts.find(({ name }) => name === each.alert) as Alert;
  const scope: Record<string, string> = each.operator ? { namespace: chat.namespace } : chat;
  const labels = { ...scope, ...each.labels, severity: alert.severity };
  const series = fires ? each.fires : { ...each.fires, ...each.silent };
  return {
    name: `${each.alert} ${fires ? "fires" : "is silent"}`,
    interval,
    input_series: Object.entries(series).map(([name, values]) => ({
      series: inCluster(name, scope),
      values,
    })),
    alert_rule_test: [
      {
        eval_time: each.at,
        alertname: `Nexus${each.alert}`,
        exp_alerts: fires
          ? [{ exp_labels: labels, exp_annotations: annotations(alert, labels, each.value) }]
          : [],
      },
    ],
  };
}

function inCluster(series: string, scope: Record<string, string>): string {
  const added = Object.entries(scope)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",");
  return series.replace("{}", `{${added}}`).replace(/\{(?!namespace)/, `{${added},`);
}

function annotations(alert: Alert, labels: Record<string, string>, value = ""): object {
  const summary = alert.summary
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? "")
    .replace(/\{\{ \$value[^}]*\}\}/g, value);
  return { summary, runbook_url: `${runbooks}/${runbookOf(alert)}.md` };
}

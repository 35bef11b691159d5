import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readArguments } from "../../k6/run/arguments.ts";
import { render } from "../../k6/run/render.ts";
import { scenarios } from "../../k6/run/run-load.ts";
import { readSettings } from "../../k6/scripts/settings.ts";
import { held, htmlPage, textPage } from "../../k6/scripts/summary.ts";

const defaults = { CONNECTIONS: 100, VUS: 3, RATE: 10, SECONDS: 5, RAMP: 1, P99_MS: 100 };

test("people come in whole pairs, so that everybody's partner is in the same virtual user", () => {
  expect(readSettings({}, defaults)).toMatchObject({
    people: 34,
    connections: 102,
    urls: ["http://localhost:3000"],
  });
  expect(readSettings({ CONNECTIONS: "1" }, defaults)).toMatchObject({ people: 2, connections: 6 });
});

test("people come in whole groups", () => {
  expect(readSettings({ GROUP: "30" }, defaults)).toMatchObject({ people: 30, connections: 90 });
});

test("a setting that is no number, or an address that is none, is refused with its name", () => {
  expect(() => readSettings({ RATE: "fast" }, defaults)).toThrow(/^RATE takes a number, not fast/);
  expect(() => readSettings({ URLS: "localhost:3000" }, defaults)).toThrow(/^URLS takes addresses/);
});

test("the command line knows the scripts' settings, and nothing else", () => {
  expect(readArguments(["steady", "--rate", "500", "--urls=http://a,http://b", "--gateways", "1"])).toEqual({
    command: "run",
    scenario: "steady",
    gateways: 1,
    settings: { RATE: "500", URLS: "http://a,http://b" },
  });
  expect(() => readArguments(["steady", "--speed", "1"])).toThrow(/There is no --speed/);
  expect(() => readArguments(["sprint"])).toThrow(/There is no scenario sprint/);
});

const data = {
  root_group: { checks: [{ name: "nothing is seen twice", passes: 2, fails: 0 }] },
  metrics: {
    chat_sent: {
      type: "counter",
      values: { count: 100, rate: 20 },
      thresholds: { "count>=100": { ok: true } },
    },
    chat_delivery: {
      type: "trend",
      values: { count: 100, med: 5.04, "p(95)": 9, "p(99)": 123.4, max: 200 },
      thresholds: { "p(99)<100": { ok: false } },
    },
  },
};
const head = { name: "steady", title: "a <title>", settings: { rate: 20 } };

test("the page shows figures, promises and what did not hold", () => {
  const text = textPage(head, data);
  expect(text).toMatch(/delivery to another device.*100 +5\.0 +9\.0 +123 +200/);
  expect(text).toMatch(/✓ nothing is seen twice +2 of 2 circles/);
  expect(text).toMatch(/✗ delivery.*p\(99\)<100/);
  expect(text).toContain("NOT ALL HELD.");
  expect(held(data)).toBe(false);
  const html = htmlPage(head, data);
  expect(html).toContain("a &lt;title&gt;");
  expect(html).toContain('<tr class="bad"><td>✗ delivery');
});

test.each(scenarios)(
  "%s is rendered for a cluster as a Job and as a TestRun, with all scripts beside it",
  async (name) => {
    for (const as of ["job", "testrun"] as const) {
      const request = readArguments(["render", name, "--as", as, "--namespace", "chat", "--cluster", "team"]);
      if (request.command !== "render") throw new Error("not to be rendered");
      const [scripts, run] = parseAllDocuments(await render(request), { version: "1.1" }).map((d) =>
        d.toJS(),
      );
      expect(scripts.metadata).toMatchObject({ name: `load-${name}`, namespace: "chat" });
      // No folders in a ConfigMap: what a script imports must lie beside it.
      for (const text of Object.values<string>(scripts.data)) {
        for (const [, path = ""] of text.matchAll(/^import (?!type).* from "(\..*)";$/gm)) {
          expect(Object.keys(scripts.data)).toContain(path.replace("./", ""));
        }
      }
      expect(run.metadata).toMatchObject({ name: `load-${name}`, namespace: "chat" });
      expect(JSON.stringify(run)).toContain('{"name":"URLS","value":"http://team-gateway.chat.svc"}');
      expect(JSON.stringify(run)).toContain(`${name}.ts`);
      expect(JSON.stringify(run)).toContain('"app.kubernetes.io/instance":"team"');
    }
  },
);

import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { chatClusterExample } from "../../operator/api/example.ts";
import { flatten, meaning, readValues } from "./values.ts";
import { constraints, valuesSchema } from "./values-schema.ts";
import { valuesTable, withValuesTable } from "./values-table.ts";

const text = await readFile(new URL("../nexus/values.yaml", import.meta.url), "utf8");
const values = readValues(text);
const schema = valuesSchema(values);
const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
const validate = ajv.compile(schema);

/** The chart's values with one of them changed, as `--set path=value` does. */
function set(path: string, value: unknown): unknown {
  const changed = parse(text) as Record<string, unknown>;
  const steps = path.split(".");
  let at = changed;
  for (const step of steps.slice(0, -1)) {
    at[step] ??= {};
    at = at[step] as Record<string, unknown>;
  }
  at[steps.at(-1) ?? ""] = value;
  return changed;
}

/** What helm would say: the words of `const` and `enum` are the sentence. */
function complaint(changed: unknown): string | undefined {
  if (validate(changed)) return undefined;
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== "if")
    .map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${Object.values(params).join(" ")}`,
    )
    .join("; ");
}

test("the chart's own values are right, and each constraint is about one of them", () => {
  expect(complaint(parse(text))).toBeUndefined();
  const paths = flatten(values).map(({ path }) => path);
  expect(Object.keys(constraints).filter((path) => !paths.includes(path))).toEqual([]);
});

test("each value that a person may set has a comment, or its group has", () => {
  const bare = flatten(values).filter(
    (value) =>
      meaning(value) === "" && value.children.length === 0 && !/[.](enabled|cpu|memory)$/.test(value.path),
  );
  expect(bare.map(({ path }) => path)).toEqual([]);
});

test("the table has every value, in rows of three cells", () => {
  const rows = valuesTable(values).split("\n");
  for (const path of ["image.tag", "operator.replicas", "operator.resources", "cluster.spec"])
    expect(rows.some((row) => row.includes(`\`${path}\``))).toBe(true);
  for (const row of rows) expect(row.replaceAll("\\|", "").split("|")).toHaveLength(5);
});

test("the README's table is put between its marks, and the rest of it stays", () => {
  const readme = "# a\n<!-- VALUES -->\nold\n<!-- /VALUES -->\nend\n";
  const changed = withValuesTable(readme, values);
  expect(changed).toMatch(/^# a\n<!-- VALUES -->\n\n\| value [\s\S]*\|\n\n<!-- \/VALUES -->\nend\n$/);
  expect(withValuesTable(changed, values)).toBe(changed);
  expect(() => withValuesTable("# a\n", values)).toThrow("needs the marks");
});

test("a comment's example is not a value's meaning", () => {
  const spec = flatten(values).find(({ path }) => path === "cluster.spec");
  expect(meaning(spec as never)).not.toContain("autoscaling");
});

test("a ChatCluster of the reference page is taken as cluster.spec, and what a parent chart gives to all", () => {
  expect(complaint(set("cluster.spec", chatClusterExample.spec))).toBeUndefined();
  expect(complaint(set("global", { registry: "here" }))).toBeUndefined();
});

test.each([
  ["operator.replica", 2, "replica"],
  ["operator.replicas", "2", "must be integer"],
  ["operator.replicas", 0, "must be >= 1"],
  ["operator.watchNamespace", "My_Space", "the name of a namespace"],
  ["operator.resources.limits.memory", "lots", "an amount such as"],
  ["image.pullPolicy", "Sometimes", "Always,IfNotPresent,Never"],
  ["image.pullSecrets", ["registry"], "must be object"],
  ["cluster.name", "Big", "begin with a letter"],
  ["cluster.spec.gatway", {}, "gatway"],
  [
    "cluster.spec.gateway",
    { replicas: 2, autoscaling: { enabled: true } },
    "left out together with autoscaling",
  ],
  ["cluster.spec.redis", { topology: "external" }, "required property 'external'"],
  ["cluster.spec.postgres", { external: { secretRef: { name: "a" } } }, "or go with topology: external"],
  ["cluster.spec.postgres.storage", { size: "ten" }, "an amount such as"],
  ["cluster.spec.ingress", { enabled: true }, "required property 'host'"],
  ["cluster.spec.auth", { jwks: { url: "https://a/keys" } }, "required property 'issuer'"],
  ["cluster.spec.auth", { localAccounts: false }, "required property 'jwks'"],
  ["cluster.spec.config", { LOGLEVEL: "debug" }, "LOGLEVEL"],
  ["cluster.spec.config", { LOG_LEVEL: "loud" }, "trace,debug"],
  ["cluster.spec.config", { MAX_MESSAGE_LENGTH: "5O" }, "a whole number from 1 to 1000000"],
  ["cluster.spec.config", { JWT_SECRET: "hush" }, "name a Secret in spec.auth.secretRef"],
])("refuses %s = %j in words", (path, value, words) => {
  const said = complaint(set(path, value));
  expect(said).toContain(words);
  expect(said).not.toContain("hush");
});

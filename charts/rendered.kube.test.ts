/** What the chart renders is taken by a real API server, in a namespace that enforces Pod Security `restricted`. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { helm, kubectl, run } from "../tests/e2e/support/program.ts";
import { writeSchemas } from "./testing/schemas.ts";
import { combinations } from "./testing/values.ts";

const chart = fileURLToPath(new URL("nexus", import.meta.url));
const namespace = `chart-${randomBytes(3).toString("hex")}`;
// Not on every machine that has a Kubernetes: the API server's own verdict does not need it.
const hasKubeconform = spawnSync("kubeconform", ["-v"]).status === 0;
let schemas = "";
let directory = "";

beforeAll(async () => {
  await kubectl(["create", "namespace", namespace]);
  await kubectl(["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"]);
  // As helm, which would see a conflict at its next installation otherwise.
  const asHelm = ["--server-side", "--force-conflicts", "--field-manager=helm"];
  await kubectl(["apply", ...asHelm, "-f", `${chart}/crds`]);
  await kubectl(["wait", "crd/chatclusters.nexus.chat", "--for=condition=Established", "--timeout=30s"]);
  directory = await mkdtemp(join(tmpdir(), "nexus-schemas-"));
  schemas = await writeSchemas(directory);
});
afterAll(async () => {
  await kubectl(["delete", "namespace", namespace, "--wait=false"]);
  await rm(directory, { recursive: true, force: true });
});

test("helm has nothing to say against the chart", async () => {
  expect(await helm(["lint", "--strict", chart])).toContain("0 chart(s) failed");
});

test.each(Object.entries(combinations))("the API server takes %s", async (_, values) => {
  const rendered = await render(values);
  if (hasKubeconform) {
    const check = ["-strict", "-summary", "-schema-location", schemas, "-"];
    const verdict = await run("kubeconform", check, { input: rendered });
    expect(verdict).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/);
  }
  const dryRun = [
    "apply",
    "--server-side",
    "--dry-run=server",
    "--validate=strict",
    "-n",
    namespace,
    "-f",
    "-",
  ];
  expect(await kubectl(dryRun, { input: rendered })).toContain("serverside-applied");
  for (const pod of podTemplates(rendered)) {
    const body = stringify({ apiVersion: "v1", kind: "Pod", ...pod });
    expect(await kubectl(dryRun, { input: body })).toContain("serverside-applied");
  }
});

test.skipIf(!hasKubeconform)(
  "kubeconform finds a field that the API does not know, and a wrong type",
  async () => {
    const check = ["-strict", "-schema-location", schemas, "-"];
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" } };
    const unknown = run("kubeconform", check, { input: stringify({ ...account, automountToken: true }) });
    await expect(unknown).rejects.toThrow(/automountToken/);
    const wrong = { ...account, automountServiceAccountToken: "always" };
    await expect(run("kubeconform", check, { input: stringify(wrong) })).rejects.toThrow(/want boolean/);
  },
);

test.each([
  ["operator.replicaz=3", /'\/operator'.*'replicaz' not allowed/],
  ["operator.replicas=two", /'\/operator\/replicas': got string, want integer/],
  ["cluster.spec.redis.topology=sentinal", /must be one of 'standalone', 'sentinel'/],
  ["cluster.name=a-name-that-is-much-too-long-for-a-chat-cluster", /40/],
])("a wrong value is refused before anything is applied: %s", async (value, message) => {
  await expect(helm(["template", "chat", chart, "--set", value])).rejects.toThrow(message);
});

function render(values: object): Promise<string> {
  const args = ["template", "chat", chart, "-n", namespace, "--include-crds", "--values", "-"];
  return helm(args, { input: JSON.stringify(values) });
}

/** As pods, since admission looks at these and not at what makes them. */
function podTemplates(yaml: string): object[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as { metadata?: { name: string }; spec?: { template?: Pod } } | null)
    .flatMap((object) =>
      object?.spec?.template?.spec && object.metadata
        ? [
            {
              metadata: { ...object.spec.template.metadata, name: object.metadata.name },
              // Admission would look for the account, which the dry run has not made.
              spec: {
                ...object.spec.template.spec,
                serviceAccountName: "default",
                priorityClassName: undefined,
              },
            },
          ]
        : [],
    );
}

interface Pod {
  metadata?: object;
  spec?: object;
}

import { beforeAll, expect, test } from "vitest";
import { read } from "../support/api.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { becomes, type Condition, chat, install, patch, ready, testSpec } from "../support/release.ts";

// One ChatCluster that meets one obstacle after the other. Each is told by a condition and, once it is out of the way,
// the operator proceeds without being asked.
const namespace = ownNamespace("obstacles");
const ns = namespace.name;

beforeAll(() => install(ns, { operatorOnly: true }));

function chatCluster(spec: object): string {
  const metadata = { name: chat, namespace: ns };
  return JSON.stringify({ apiVersion: "nexus.chat/v1alpha1", kind: "ChatCluster", metadata, spec });
}

const apply = (input: string) => kubectl(["apply", "-f", "-"], { input });

/** The summary once it says that something is wrong, in these words. */
function says(words: RegExp): Promise<Condition> {
  const wanted = ({ status, message }: Condition) => status === "False" && words.test(message);
  return becomes(ns, "Ready", wanted, { timeoutMs: 90_000 });
}

test.each([
  [
    "more minimal than maximal replicas",
    { gateway: { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 2 } } },
    /minReplicas is above maxReplicas: raise maxReplicas or lower minReplicas/,
  ],
  [
    "a topology that nobody knows",
    { redis: { topology: "ring" } },
    /supported values: "standalone", "sentinel", "cluster", "external"/,
  ],
  ["an external Redis without its Secret", { redis: { topology: "external" } }, /external\.secretRef/],
  ["a secret among the settings", { config: { JWT_SECRET: "x".repeat(40) } }, /spec\.auth\.secretRef/],
  ["a setting out of its range", { config: { CACHE_TTL: "many" } }, /CACHE_TTL/],
  ["nobody who could sign in", { auth: { localAccounts: false } }, /jwks/],
])("a spec with %s is refused, with a message that says what to do", async (_, spec, words) => {
  await expect(apply(chatCluster(spec))).rejects.toThrow(words);
});

test("a full quota: the condition says so, and once there is room all becomes ready", async () => {
  keepOnFailure(namespace);
  const quota = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "tight", namespace: ns },
    spec: { hard: { pods: "2" } }, // the operator's own two
  };
  await apply(JSON.stringify(quota));
  await apply(chatCluster(testSpec()));
  const told = await says(/quota/i);
  console.log(`told: ${told.message}`);
  await kubectl(["-n", ns, "delete", "resourcequota", "tight"]);
  await ready(ns);
});

test("a Secret that is not there: the condition has the command that makes it, and once it is made all becomes ready", async () => {
  keepOnFailure(namespace);
  await patch(ns, { spec: { auth: { secretRef: { name: "my-key" } } } });
  const told = await says(/my-key/);
  console.log(`told: ${told.message}`);
  expect(told.message).toMatch(
    /kubectl .*create secret generic my-key --from-literal=jwt-secret="\$\(openssl/,
  );
  await kubectl([
    "-n",
    ns,
    "create",
    "secret",
    "generic",
    "my-key",
    `--from-literal=jwt-secret=${"k".repeat(40)}`,
  ]);
  await ready(ns);
});

test("an image that does not exist: the condition names it, the old gateways go on, and with a right one all becomes ready", async () => {
  keepOnFailure(namespace);
  await patch(ns, { spec: { image: { tag: "no-such-tag" } } });
  const told = await says(/no-such-tag.* cannot be pulled/);
  console.log(`told: ${told.message}`);
  const status = (await read("ChatCluster", ns, chat))?.status;
  expect(status.gateways.ready).toBe(2);
  await patch(ns, { spec: { image: { tag: null } } });
  await ready(ns);
});

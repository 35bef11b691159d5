import { beforeAll, expect, test } from "vitest";
import { read } from "../support/api.ts";
import { firstMessage } from "../support/first-message.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { becomes, install, ready, testSpec } from "../support/release.ts";

// A ChatCluster on stores that somebody else runs: here those of another one, whose gateways are not asked for anything.
const namespace = ownNamespace("external");
const ns = namespace.name;
const guest = "guest";
const host = "host";

beforeAll(() => install(ns, { operatorOnly: true }));

const apply = (object: object) => kubectl(["-n", ns, "apply", "-f", "-"], { input: JSON.stringify(object) });
const chatCluster = (name: string, spec: object) => ({
  apiVersion: "nexus.chat/v1alpha1",
  kind: "ChatCluster",
  metadata: { name },
  spec: testSpec({ ...spec }),
});
const secret = (name: string, url: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name },
  stringData: { url },
});

test("an external database that cannot be reached: the condition says so, and once the address is right all becomes ready", async () => {
  keepOnFailure(namespace);
  // 192.0.2.0/24 is nobody's address (RFC 5737).
  await apply(secret("my-postgres", "postgres://nexus:secret-word@192.0.2.1:5432/nexus?connect_timeout=5"));
  await apply(secret("my-redis", "redis://:secret-word@192.0.2.1:6379"));
  const external = (name: string) => ({ topology: "external", external: { secretRef: { name } } });
  await apply(chatCluster(guest, { postgres: external("my-postgres"), redis: external("my-redis") }));
  const told = await becomes(ns, "PostgresReady", ({ reason }) => reason === "Unreachable", { name: guest });
  expect(told.message).toContain("192.0.2.1");
  console.log(`told: ${told.message}`);
  expect(JSON.stringify(await read("ChatCluster", ns, guest))).not.toContain("secret-word");

  await apply(
    chatCluster(host, {
      networkPolicies: { enabled: false },
      gateway: { replicas: 1 },
      worker: { replicas: 1 },
    }),
  );
  await ready(ns, { name: host });
  for (const store of ["postgres", "redis"]) {
    const found = await read("Secret", ns, `${host}-${store}`);
    await apply(secret(`my-${store}`, Buffer.from(found?.data.url, "base64").toString()));
  }
  await ready(ns, { name: guest, timeoutMs: 300_000 });
  await firstMessage(ns, guest);
});

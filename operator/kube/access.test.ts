import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findAccess, fromServiceAccount } from "./access.ts";

const folder = () => mkdtemp(join(tmpdir(), "nexus-access-"));

test("a service account's token is read anew when it is refused, and kept meanwhile", async () => {
  const at = await folder();
  for (const [name, text] of Object.entries({ namespace: "chat\n", token: "first\n", "ca.crt": "ca" }))
    await writeFile(join(at, name), text);
  const access = await fromServiceAccount("10.0.0.1", "443", at);
  expect([access.server.origin, access.namespace]).toEqual(["https://10.0.0.1", "chat"]);
  expect((await access.credentials()).headers).toEqual({ authorization: "Bearer first" });
  await writeFile(join(at, "token"), "second");
  expect((await access.credentials()).headers).toEqual({ authorization: "Bearer first" });
  expect((await access.credentials(true)).headers).toEqual({ authorization: "Bearer second" });
});

test("without a token it says what the pod lacks", async () => {
  await expect(fromServiceAccount("::1", "443", await folder())).rejects.toThrow(
    "automountServiceAccountToken: true",
  );
});

test("a plain kubeconfig is read, with its files beside it", async () => {
  const at = await folder();
  await writeFile(join(at, "ca.crt"), "authority");
  const config = {
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "chat" } }],
    clusters: [
      { name: "c", cluster: { server: "https://example:6443/k8s", "certificate-authority": "ca.crt" } },
    ],
    users: [{ name: "u", user: { token: "t", "client-key-data": Buffer.from("key").toString("base64") } }],
  };
  await writeFile(join(at, "config"), JSON.stringify(config));
  const access = await findAccess({ KUBECONFIG: join(at, "config"), KUBERNETES_SERVICE_HOST: "ignored" });
  expect([access.server.href, access.namespace]).toEqual(["https://example:6443/k8s", "chat"]);
  const { ca, key, headers } = await access.credentials();
  expect([String(ca), String(key), headers]).toEqual(["authority", "key", { authorization: "Bearer t" }]);
});

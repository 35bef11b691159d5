import { expect, test } from "vitest";
import { namedSecrets } from "./secret-names.ts";

test("Secrets are found wherever a spec names them", () => {
  const spec = {
    push: { secretRef: { name: "fcm" } },
    postgres: { external: { secretRef: { name: "db", key: "url" }, readSecretRef: { name: "db-read" } } },
    redis: { external: { secretRef: { name: "db", key: "redis" } } },
    gateway: { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "extra", key: "a" } } }] },
    auth: { secretRef: null },
    worker: { secretRef: "text" },
  };
  expect(namedSecrets(spec)).toEqual(["db", "db-read", "extra", "fcm"]);
  expect(namedSecrets(undefined)).toEqual([]);
});

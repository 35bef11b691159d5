/** Push: what is said of its Secret, and how workers come by it. */
import { generateKeyPairSync } from "node:crypto";
import type { V1Deployment, V1PodTemplateSpec } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import type { AccountVerdict } from "../../src/push/check-account.ts";
import { condition } from "./testing-conditions.ts";
import { planOf, reconcile, secretOf, settle, type World, worldOf } from "./testing-world.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const ecKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const account = { project_id: "chat-of-team", client_email: "a@b.example", private_key: key };
const file = { "service-account.json": JSON.stringify(account) };
const separate = { "project-id": "chat-of-team\n", "client-email": "a@b.example", "private-key": key };
const withKey = (private_key: unknown) => ({
  "service-account.json": JSON.stringify({ ...account, private_key }),
});

function pushWorld(values: Record<string, string> | undefined, verdict?: AccountVerdict): World {
  const world = worldOf({ push: { secretRef: { name: "fcm" } } });
  if (values) world.secrets.set("fcm", secretOf("fcm", values));
  if (verdict) world.push = verdict;
  return world;
}

describe("the condition", () => {
  test.each<[string, Record<string, string> | undefined, string, RegExp]>([
    ["no Secret", undefined, "SecretMissing", /create secret generic fcm --from-file=service-account\.json/],
    ["a file", file, "Configured", /project "chat-of-team"/],
    ["separate keys", separate, "Configured", /project "chat-of-team"/],
    ["no JSON", { "service-account.json": "{" }, "SecretInvalid", /service-account\.json is not JSON/],
    ["a list", { "service-account.json": "[]" }, "SecretInvalid", /service-account\.json lacks all/],
    [
      "a file without a key",
      { "service-account.json": '{"project_id":"a"}' },
      "SecretInvalid",
      /lacks client_email, private_key/,
    ],
    [
      "nothing of it",
      { other: "x" },
      "SecretInvalid",
      /neither service-account\.json nor project-id, client-email, private-key/,
    ],
    ["no PEM", withKey("x"), "SecretInvalid", /holds no RSA private key in PEM format/],
    [
      "a key that was cut off",
      withKey(key.slice(0, 900)),
      "SecretInvalid",
      /holds no RSA private key in PEM format/,
    ],
    [
      "another kind of key",
      withKey(ecKey.export({ type: "pkcs8", format: "pem" })),
      "SecretInvalid",
      /holds no RSA private key in PEM format/,
    ],
  ])("of %s", (_name, values, reason, message) => {
    const world = pushWorld(values, { kind: "accepted" });
    expect(condition(world, "PushConfigured")).toMatchObject({
      reason,
      message: expect.stringMatching(message),
    });
  });

  test.each<[AccountVerdict, string, string, RegExp]>([
    [
      { kind: "refused", code: "invalid_grant" },
      "False",
      "CredentialsRefused",
      /\(invalid_grant\).* Generate a new private key .* --from-file=service-account\.json --dry-run=client/,
    ],
    [
      { kind: "denied", code: "SERVICE_DISABLED" },
      "False",
      "PermissionDenied",
      /\(SERVICE_DISABLED\).*gcloud services enable fcm\.googleapis\.com --project chat-of-team/,
    ],
    [{ kind: "unreachable", code: "ENOTFOUND" }, "Unknown", "Unreachable", /\(ENOTFOUND\).* TCP 443/],
  ])("when Firebase says %o", (verdict, status, reason, message) => {
    expect(condition(pushWorld(file, verdict), "PushConfigured")).toMatchObject({
      status,
      reason,
      message: expect.stringMatching(message),
    });
  });

  test("while Firebase has not answered yet, its last answer stays, else it says so without a warning", () => {
    const world = pushWorld(file);
    const first = reconcile(world);
    expect(condition(world, "PushConfigured")).toMatchObject({ status: "False", reason: "Checking" });
    expect(first.events.filter(({ message }) => message.includes("Push"))).toEqual([]);
    world.push = { kind: "accepted" };
    reconcile(world);
    delete world.push; // the operator was started anew
    expect(condition(world, "PushConfigured")).toMatchObject({ status: "True", reason: "Configured" });
  });

  test("never holds anything of the key, and push does not count for Ready", () => {
    for (const values of [file, separate, withKey(key.slice(0, 900))]) {
      const world = pushWorld(values, { kind: "refused", code: "invalid_grant" });
      const { status, events } = settle(world);
      expect(JSON.stringify([status, events])).not.toContain(key.slice(40, 80));
      expect(condition(world, "Ready").status).toBe("True");
    }
  });
});

describe("workers", () => {
  function templates(world: World): Record<string, V1PodTemplateSpec> {
    const deployments = settle(world).apply.filter(({ kind }) => kind === "Deployment") as V1Deployment[];
    return Object.fromEntries(
      deployments.map(({ metadata, spec }) => [metadata?.name, spec?.template]),
    ) as Record<string, V1PodTemplateSpec>;
  }

  test("have the Secret as a folder that is kept up to date; gateways know nothing of it", () => {
    const { "team-worker": worker, "team-gateway": gateway } = templates(pushWorld(file));
    const [container] = worker?.spec?.containers ?? [];
    expect(container?.env).toContainEqual({ name: "FCM_CREDENTIALS_PATH", value: "/etc/nexus/push" });
    const mount = container?.volumeMounts?.find(({ mountPath }) => mountPath === "/etc/nexus/push");
    expect(mount).toEqual({ name: "push", mountPath: "/etc/nexus/push", readOnly: true }); // no subPath
    expect(worker?.spec?.volumes?.find(({ name }) => name === mount?.name)?.secret).toMatchObject({
      secretName: "fcm",
      optional: true,
    });
    expect(gateway).toEqual(templates(worldOf())["team-gateway"]);
  });

  test("are not restarted when the Secret is made, changed or deleted", () => {
    const world = pushWorld(undefined);
    const before = templates(world);
    world.secrets.set("fcm", secretOf("fcm", file));
    expect(templates(world)).toEqual(before);
    world.secrets.set("fcm", secretOf("fcm", separate));
    expect(templates(world)).toEqual(before);
    world.secrets.delete("fcm");
    expect(templates(world)).toEqual(before);
  });

  test("without spec.push have neither folder nor setting", () => {
    expect(JSON.stringify(planOf(worldOf()).apply)).not.toMatch(/FCM_|nexus\/push/);
  });
});

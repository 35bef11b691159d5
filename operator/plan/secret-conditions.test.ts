import { describe, expect, test } from "vitest";
import type { ChatClusterSpecInput, ConditionType } from "../api/chat-cluster.ts";
import { broken, condition, ended, settled } from "./testing-conditions.ts";
import { planOf, reconcile, secretOf, settle, worldOf } from "./testing-world.ts";

describe("Secrets of people", () => {
  const external: ChatClusterSpecInput = {
    postgres: { topology: "external", external: { secretRef: { name: "db" } } },
    redis: { topology: "external", external: { secretRef: { name: "cache", key: "address" } } },
    auth: { secretRef: { name: "tokens" } },
  };
  const good = { url: "postgres://a:b@db.example:5432/chat" };

  test.each<[string, Record<string, Record<string, string>>, ConditionType, string, RegExp]>([
    [
      "missing",
      {},
      "PostgresReady",
      "SecretMissing",
      /"db" is not there\. Create it: kubectl -n chat create secret generic db --from-literal=url='postgres:/,
    ],
    [
      "missing",
      { db: good },
      "RedisReady",
      "SecretMissing",
      /create secret generic cache --from-literal=address='redis:/,
    ],
    [
      "without the key",
      { db: { uri: "x" } },
      "PostgresReady",
      "SecretKeyMissing",
      /"db" has no key "url" \(it has: uri\)\. Add it: kubectl -n chat patch secret db/,
    ],
    [
      "no address",
      { db: { url: "db.example" } },
      "PostgresReady",
      "SecretInvalid",
      /is no address of the form postgres:/,
    ],
    ["of another store", { db: { url: "redis://x:1" } }, "PostgresReady", "SecretInvalid", /is no address/],
    ["missing", { db: good }, "GatewaysReady", "SecretMissing", /"tokens" is not there/],
    [
      "too short",
      { db: good, tokens: { "jwt-secret": "short" } },
      "GatewaysReady",
      "SecretInvalid",
      /shorter than 32 characters/,
    ],
  ])("%s", (_name, secrets, type, reason, message) => {
    const world = worldOf(external);
    for (const [name, values] of Object.entries(secrets)) world.secrets.set(name, secretOf(name, values));
    reconcile(world);
    expect(condition(world, type)).toMatchObject({
      status: "False",
      reason,
      message: expect.stringMatching(message),
    });
    expect(planOf(world).apply.some(({ kind }) => kind === "Deployment")).toBe(false);
  });

  test("when they are made, everything proceeds by itself", () => {
    const world = worldOf(external);
    reconcile(world);
    world.secrets.set("db", secretOf("db", good));
    world.secrets.set("cache", secretOf("cache", { address: "redis://cache.example" }));
    world.secrets.set("tokens", secretOf("tokens", { "jwt-secret": "x".repeat(40) }));
    settle(world);
    expect(condition(world, "Ready")).toMatchObject({ status: "True" });
    expect(condition(world, "PostgresReady")).toMatchObject({
      reason: "External",
      message: /db\.example:5432/,
    });
  });

  test("when one goes later, what runs is left as it is", () => {
    const world = worldOf(external);
    world.secrets.set("db", secretOf("db", good));
    world.secrets.set("cache", secretOf("cache", { address: "redis://cache.example" }));
    world.secrets.set("tokens", secretOf("tokens", { "jwt-secret": "x".repeat(40) }));
    const before = settle(world).apply.filter(({ kind }) => kind === "Deployment");
    world.secrets.delete("tokens");
    const { apply, prune } = planOf(world);
    expect(apply.filter(({ kind }) => kind === "Deployment")).toEqual(before);
    expect(prune).toBe(false);
    expect(condition(world, "GatewaysReady")).toMatchObject({ reason: "SecretMissing" });
  });
});

test("a password that somebody changed in one place only is told", () => {
  const world = settled();
  const secret = world.secrets.get("team-postgres");
  world.secrets.set("team-postgres", { ...secret, data: { ...secret?.data, password: "bmV3" } });
  expect(condition(world, "PostgresReady")).toMatchObject({
    reason: "SecretInvalid",
    message: expect.stringMatching(/"team-postgres" has another password in its key "url"/),
  });
});

test("a Secret's value in a program's last words is blanked out", () => {
  const world = settled();
  const password = Buffer.from(world.secrets.get("team-postgres")?.data?.password ?? "", "base64").toString();
  broken(world, "Deployment", "team-gateway", ended(`cannot connect with ${password}\n`));
  const { status, events } = planOf(world);
  expect(JSON.stringify([status, events])).not.toContain(password);
  expect(condition(world, "GatewaysReady").message).toContain("cannot connect with ***");
});

/** The canary: how workers come by it, and what is said of it. */
import type { V1Deployment } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { condition, settled } from "./testing-conditions.ts";

function variables(world: ReturnType<typeof settled>): Record<string, string | undefined> {
  const worker = world.objects.get("Deployment/team-worker") as unknown as V1Deployment;
  const env = worker.spec?.template.spec?.containers[0]?.env ?? [];
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

test("without an interval there is none, and the condition says how to get one", () => {
  const world = settled();
  expect(variables(world)).not.toHaveProperty("CANARY_GATEWAYS");
  expect(condition(world, "MessagesArrive")).toMatchObject({ status: "False", reason: "NotConfigured" });
  expect(condition(world, "MessagesArrive").message).toContain("spec.config.CANARY_INTERVAL: 5000");
});

test("with one, workers write through all gateways that are ready", () => {
  const world = settled({ config: { CANARY_INTERVAL: "5000" } });
  expect(variables(world).CANARY_GATEWAYS).toBe("http://team-gateway-pods:3000");
});

test.each([
  [undefined, "False", "Looking", /being asked/],
  ["arrive", "True", "Arriving", /arrived/],
  ["fail", "False", "Failing", /logs deployment\/team-worker \| grep canary.*runbooks\/canary-failing\.md/],
  ["unreadable", "False", "Unreadable", /port 9464.*NetworkPolicies/],
] as const)(
  "what it sees is told: %s is %s, %s; Ready does not depend on it",
  (word, status, reason, message) => {
    const world = settled({ config: { CANARY_INTERVAL: "5000" } });
    if (word) world.canary = word;
    expect(condition(world, "MessagesArrive")).toMatchObject({ status, reason });
    expect(condition(world, "MessagesArrive").message).toMatch(message);
    expect(condition(world, "Ready")).toMatchObject({ status: "True" });
  },
);

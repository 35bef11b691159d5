import { expect, test } from "vitest";
import type { Condition } from "../api/chat-cluster.ts";
import { KubeError } from "../kube/errors.ts";
import { nameTaken, refused, withProblems } from "./problems.ts";

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "a-redis", namespace: "chat", labels: { "app.kubernetes.io/component": "redis" } },
};
const condition = (type: Condition["type"], status: Condition["status"], reason: string): Condition => ({
  type,
  status,
  reason,
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
const later = new Date("2026-02-02T00:00:00Z");

test.each([
  [
    403,
    'services "a-redis" is forbidden: exceeded quota: small, requested: services=1, used: services=1, limited: services=1',
    "QuotaExceeded",
    "Raise the quota (kubectl -n chat describe quota)",
  ],
  [
    403,
    'services "a-redis" is forbidden: User "x" cannot patch resource "services" in API group ""',
    "Refused",
    "lacks a permission",
  ],
  [403, 'admission webhook "policy.example" denied the request: no', "Refused", "change the policy"],
  [
    422,
    'Service "a-redis" is invalid: spec.clusterIP: field is immutable',
    "Refused",
    "delete service a-redis",
  ],
  [422, 'Service "a-redis" is invalid: spec.ports: Required value', "Refused", "Correct what the spec says"],
])("a refusal with %s is told with what to do: %s", (status, message, reason, advice) => {
  const problem = refused(service, new KubeError(status, "Any", message));
  expect(problem).toMatchObject({ type: "RedisReady", reason });
  expect(problem.message).toContain(advice);
});

test("a problem stands in the condition of its part and in Ready; the rest stays", () => {
  const before = [condition("Ready", "True", "AllReady"), condition("RedisReady", "True", "Ready")];
  const status = { conditions: [...before, condition("PostgresReady", "True", "Ready")] };
  const problem = nameTaken(service, "Deployment other");
  const told = withProblems(status, [problem], before, later);
  expect(told.phase).toBe("Degraded");
  expect(told.conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ["Ready", "False", "NotReady"],
    ["RedisReady", "False", "NameTaken"],
    ["PostgresReady", "True", "Ready"],
  ]);
  expect(told.conditions[0]?.message).toContain("belongs to Deployment other");
  expect(told.conditions[1]?.lastTransitionTime).toBe("2026-02-02T00:00:00Z");
  const again = withProblems(status, [problem], told.conditions, new Date());
  expect(again).toEqual(told);
});

test("a problem that is known already comes first in Ready", () => {
  const status = {
    conditions: [{ ...condition("Ready", "False", "NotReady"), message: "PostgresReady: away" }],
  };
  const told = withProblems(status, [nameTaken(service, "x")], status.conditions, later);
  expect(told.conditions[0]?.message).toBe("PostgresReady: away");
});

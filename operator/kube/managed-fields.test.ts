import { expect, test } from "vitest";
import { claimedFields, judgeWriters, writersOf } from "./managed-fields.ts";
import type { FieldSet, ManagedFields } from "./object.ts";

const us = "nexus-operator";
const entry = (
  manager: string,
  operation: string,
  fieldsV1: FieldSet,
  subresource?: string,
): ManagedFields => ({
  manager,
  operation,
  apiVersion: "apps/v1",
  fieldsType: "FieldsV1",
  fieldsV1,
  ...(subresource !== undefined && { subresource }),
});
const ours = entry(us, "Apply", {
  "f:spec": { "f:replicas": {}, "f:template": { "f:spec": { "f:a": {} } } },
});
const template = (inner: FieldSet): FieldSet => ({ "f:spec": { "f:template": inner } });

function judged(...managedFields: ManagedFields[]) {
  const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", managedFields } };
  return writersOf(judgeWriters(object, us));
}

test.each([
  [
    "a person's environment variable",
    entry("kubectl-set", "Update", template({ "f:spec": { "f:env": {} } })),
    true,
  ],
  ["a person's key in a ConfigMap", entry("kubectl-edit", "Update", { "f:data": { "f:key": {} } }), true],
  ["another's apply", entry("helm", "Apply", { "f:spec": { "f:paused": {} } }), true],
  ["a label", entry("kubectl", "Update", { "f:metadata": { "f:labels": { "f:x": {} } } }), false],
  ["the status", entry("controller", "Update", { "f:status": {}, "f:spec": {} }, "status"), false],
  ["an autoscaler", entry("controller", "Update", { "f:spec": { "f:replicas": {} } }, "scale"), false],
  ["kubectl scale by patch", entry("kubectl", "Update", { "f:spec": { "f:replicas": {} } }), false],
  [
    "kubectl rollout restart",
    entry(
      "kubectl-rollout",
      "Update",
      template({ "f:metadata": { "f:annotations": { ".": {}, "f:at": {} } } }),
    ),
    false,
  ],
  ["what a webhook added to our own writing", entry(us, "Update", { "f:spec": { "f:injected": {} } }), false],
])("%s: is it to be removed?", (_what, other, foreign) => {
  expect(judged(ours, other)).toEqual({ foreign, replicas: true });
});

test("claimed fields become ours and nobody else's, all the rest stays", () => {
  const other = entry("kubectl-edit", "Update", {
    "f:metadata": { "f:labels": { "f:x": {} } },
    "f:spec": { "f:paused": {}, "f:replicas": {} },
  });
  const status = entry("controller", "Update", { "f:status": {} }, "status");
  const [first, ...rest] = claimedFields([ours, other, status], us, { foreign: true, replicas: false });
  expect(first?.fieldsV1?.["f:spec"]).toEqual({ ...ours.fieldsV1?.["f:spec"], "f:paused": {} });
  expect(rest).toEqual([
    { ...other, fieldsV1: { "f:metadata": { "f:labels": { "f:x": {} } }, "f:spec": { "f:replicas": {} } } },
    status,
  ]);
});

test("an entry from which all is claimed goes, and without one of ours there is one afterwards", () => {
  const other = entry("kubectl-create", "Update", { "f:spec": { "f:paused": {} } });
  expect(claimedFields([other], us, { foreign: true, replicas: false })).toEqual([
    { ...other, manager: us, operation: "Apply" },
  ]);
});

test("replicas are given up without touching what others have", () => {
  const other = entry("kubectl-edit", "Update", { "f:spec": { "f:paused": {} } });
  const [first, ...rest] = claimedFields([ours, other], us, { foreign: false, replicas: true });
  expect(first?.fieldsV1).toEqual({ "f:spec": { "f:template": { "f:spec": { "f:a": {} } } } });
  expect(rest).toEqual([other]);
});

import { expect, test } from "vitest";
import { actStage, type Live, podLabels } from "../../src/testing/kube/act-stage.ts";
import { patchAs, removeFrom } from "../../src/testing/kube/test-cluster.ts";
import { OWNER_LABEL } from "../topologies/common/labels.ts";

const on = actStage(process.env);
const { owned, deployment, live, apply, brought, writesOf, restored } = on;

test.each([
  [
    "a changed field",
    { spec: { minReadySeconds: 7, replicas: 5 } },
    (d: Live) => d.spec.replicas === 0 && !d.spec.minReadySeconds,
  ],
  ["an added field", { spec: { paused: true } }, (d: Live) => !d.spec.paused],
  [
    "an added environment variable and a removed one",
    {
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: "main",
                env: [
                  { name: "B", value: "2" },
                  { name: "A", $patch: "delete" },
                ],
              },
            ],
          },
        },
      },
    },
    (d: Live) => JSON.stringify(d.spec.template.spec.containers[0].env) === '[{"name":"A","value":"1"}]',
  ],
  [
    "an added container",
    { spec: { template: { spec: { containers: [{ name: "second", image: "x" }] } } } },
    (d: Live) => d.spec.template.spec.containers.length === 1,
  ],
  [
    "a removed owner label",
    { metadata: { labels: { [OWNER_LABEL]: null } } },
    (d: Live) => d.metadata.labels[OWNER_LABEL] === "a",
  ],
])("%s is put back", async (what, change, isRight) => {
  const object = deployment(`drift-${what.length}`);
  await apply(object);
  await brought(object);
  await patchAs("person", on.cluster.client, object, change, "strategic-merge");
  expect(isRight(await live(object))).toBe(false);
  await restored(object, async () => isRight(await live(object)));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await writesOf(() => apply(object))).toEqual([]);
});

test("what a person deletes is made again", async () => {
  const object = owned("Service", "v1", "deleted", { spec: { ports: [{ port: 80 }], selector: podLabels } });
  await apply(object);
  await brought(object);
  await removeFrom(on.cluster.client, object);
  await brought(object, false);
  expect(await writesOf(() => apply(object))).toEqual(["apply services 201"]);
});

test("`kubectl rollout restart` and labels of others are left alone", async () => {
  const object = deployment("restarted");
  await apply(object);
  await patchAs("kubectl-rollout", on.cluster.client, object, {
    metadata: { labels: { team: "x" } },
    spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } } },
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await writesOf(() => apply(object))).toEqual([]);
});

test("a controller that insists on its fields gets them in the end", async () => {
  const object = deployment("insists");
  await apply(object);
  let claimed = 0;
  for (let round = 0; round < 8; round++) {
    await patchAs("their-controller", on.cluster.client, object, { spec: { minReadySeconds: 3 } });
    await new Promise((resolve) => setTimeout(resolve, 150));
    if ((await writesOf(() => apply(object))).length > 0) claimed++;
  }
  expect(claimed).toBe(5);
});

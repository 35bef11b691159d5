import { expect, test } from "vitest";
import { actStage, podLabels, podTemplate } from "../../src/testing/kube/act-stage.ts";

const on = actStage(process.env);
const { owned, deployment, live, apply, writesOf, restored } = on;

test("a Job with another template is made anew", async () => {
  const job = (image: string) =>
    owned("Job", "batch/v1", "job", {
      spec: {
        suspend: true,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } },
      },
    });
  await apply(job("localhost/none:1"));
  const first = await live(job("localhost/none:1"));
  expect(await apply(job("localhost/none:2"))).toBe("waiting");
  await restored(job("localhost/none:2"), async () => {
    const now = await live(job("localhost/none:2"));
    return now?.spec.template.spec.containers[0].image === "localhost/none:2";
  });
  expect((await live(job("x"))).metadata.uid).not.toBe(first.metadata.uid);
});

test("a StatefulSet whose volume templates change is made anew around its pods", async () => {
  const set = (storage: string) =>
    owned("StatefulSet", "apps/v1", "set", {
      spec: {
        replicas: 0,
        serviceName: "set",
        selector: { matchLabels: podLabels },
        template: podTemplate(),
        volumeClaimTemplates: [
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
          },
        ],
      },
    });
  await apply(set("1Gi"));
  expect(await writesOf(() => apply(set("2Gi")))).toEqual([
    "apply statefulsets 422",
    "delete statefulsets 200",
  ]);
  await restored(
    set("2Gi"),
    async () =>
      (await live(set("2Gi")))?.spec.volumeClaimTemplates[0].spec.resources.requests.storage === "2Gi",
  );
});

test("what cannot be changed or made anew without harm is told", async () => {
  await apply(deployment("selector"));
  const other = { matchLabels: { app: "other" } };
  const problem = await apply(
    deployment("selector", {
      selector: other,
      template: { ...podTemplate(), metadata: { labels: { app: "other" } } },
    }),
  );
  expect(problem).toMatchObject({ reason: "Refused" });
  expect((problem as { message: string }).message).toContain("delete deployment selector");
});

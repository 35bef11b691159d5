import { expect, test } from "vitest";
import { type KubernetesObject, keyOf } from "../kube/object.ts";
import type { Reflector } from "../kube/reflector.ts";
import { createView } from "./view.ts";

function object(name: string, resourceVersion: string, label = "mine"): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "n", resourceVersion, labels: { label } },
  };
}
const mine = ({ metadata }: KubernetesObject) => metadata.labels?.label === "mine";

function viewOf(...objects: KubernetesObject[]) {
  const store = new Map(objects.map((one) => [keyOf(one), one]));
  return { store, view: createView(() => [{ store } as unknown as Reflector]) };
}

test("what was just written counts until the watch brings something else", () => {
  const { store, view } = viewOf(object("a", "1"));
  view.writing(object("a", "1"))(object("a", "2"));
  expect(view.get(object("a", "?"))?.metadata.resourceVersion).toBe("2");
  expect(view.filter(mine).map(({ metadata }) => metadata.resourceVersion)).toEqual(["2"]);
  const brought = object("a", "3");
  store.set(keyOf(brought), brought);
  expect(view.get(brought)?.metadata.resourceVersion).toBe("3");
});

test("what was just made is there, what was just deleted is gone, before the watch says so", () => {
  const { view } = viewOf(object("a", "1"));
  view.writing(object("a", "1"))(undefined);
  view.writing(object("b", "?"))(object("b", "2"));
  expect(view.filter(mine).map(({ metadata }) => metadata.name)).toEqual(["b"]);
  expect(view.get(object("a", "?"))).toBeUndefined();
});

test("an object that lost its label by own writing is no longer found by it", () => {
  const { view } = viewOf(object("a", "1"));
  view.writing(object("a", "1"))(object("a", "2", "other"));
  expect(view.filter(mine)).toEqual([]);
});

test("a write that changed nothing is not waited for", () => {
  const { store, view } = viewOf(object("a", "1"));
  view.writing(object("a", "1"))(object("a", "1"));
  store.clear();
  expect(view.get(object("a", "?"))).toBeUndefined();
});

test("what was made and is deleted by somebody at once is gone: the watch is believed", () => {
  const { view } = viewOf();
  view.writing(object("a", "?"))(object("a", "2"));
  view.seen(object("a", "2"));
  expect(view.get(object("a", "?"))).toBeUndefined();
});

test("news that came while it was written is believed, not the answer to the write", () => {
  const { store, view } = viewOf(object("a", "1"));
  const become = view.writing(object("a", "1"));
  store.clear();
  view.seen(object("a", "1"));
  become({ ...object("a", "1"), metadata: { ...object("a", "1").metadata, deletionTimestamp: "now" } });
  expect(view.get(object("a", "?"))).toBeUndefined();
});

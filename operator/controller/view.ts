/**
 * What the operator knows of the cluster: the stores of its reflectors, and on top what it has just written itself,
 * until the watch brings it. Without that the next look would find the old state and write the same once more.
 */
import { type KubernetesObject, keyOf } from "../kube/object.ts";
import type { Reflector } from "../kube/reflector.ts";

export interface View {
  get(object: KubernetesObject): KubernetesObject | undefined;
  /** All that `selects` lets through, of all reflectors. */
  filter(selects: (object: KubernetesObject) => boolean): KubernetesObject[];
  /**
   * To be asked for before `object` is written; the answer is to be told what it has become by that, undefined if it
   * is gone. If the watch brought news of it meanwhile, which may be newer, the store is believed.
   */
  writing(object: KubernetesObject): (now: KubernetesObject | undefined) => void;
  /** The watch has brought news of `object`: from now on the store is right. */
  seen(object: KubernetesObject): void;
}

/** ms for which own writing counts if the watch says nothing: it may have gone again before the watch could tell. */
const REMEMBERED = 5000;

interface Written {
  now: KubernetesObject | undefined;
  /** The version that the store had then; any other one is news. */
  over: string | undefined;
  at: number;
}

export function createView(reflectors: () => Iterable<Reflector>): View {
  const written = new Map<string, Written>();
  const underWay = new Map<string, { overtaken: boolean }>();

  function stored(key: string): KubernetesObject | undefined {
    for (const { store } of reflectors()) {
      const object = store.get(key);
      if (object) return object;
    }
    return undefined;
  }

  function resolve(key: string, inStore: KubernetesObject | undefined): KubernetesObject | undefined {
    const own = written.get(key);
    if (own === undefined) return inStore;
    if (own.over === inStore?.metadata.resourceVersion && performance.now() - own.at < REMEMBERED)
      return own.now;
    written.delete(key);
    return inStore;
  }

  return {
    get(object) {
      const key = keyOf(object);
      return resolve(key, stored(key));
    },
    filter(selects) {
      const found = new Map<string, KubernetesObject | undefined>();
      for (const { store } of reflectors())
        for (const [key, object] of store) if (selects(object)) found.set(key, resolve(key, object));
      for (const [key, { now }] of [...written])
        if (now && !found.has(key) && selects(now)) found.set(key, resolve(key, stored(key)));
      return [...found.values()].filter((object) => object !== undefined).filter(selects);
    },
    writing(object) {
      const key = keyOf(object);
      const write = { overtaken: false };
      underWay.set(key, write);
      return (now) => {
        if (underWay.get(key) === write) underWay.delete(key);
        const over = stored(key)?.metadata.resourceVersion;
        const isNews =
          now?.metadata.resourceVersion !== over || now?.metadata.deletionTimestamp !== undefined;
        if (isNews && !write.overtaken) written.set(key, { now, over, at: performance.now() });
        else written.delete(key);
      };
    },
    seen(object) {
      const key = keyOf(object);
      written.delete(key);
      const write = underWay.get(key);
      if (write) write.overtaken = true;
    },
  };
}

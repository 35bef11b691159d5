/**
 * Makes the cluster what a plan says, with as few writes as can be: an object is written only when its hash differs
 * from the one it was last written with, when a field is not as wanted, or when somebody added to it.
 */
import { FIELD_MANAGER, type Writer } from "../kube/apply.ts";
import { isStatus, type KubeError } from "../kube/errors.ts";
import { judgeWriters, writersOf } from "../kube/managed-fields.ts";
import { controllerOf, type KubernetesObject, keyOf, nameOf } from "../kube/object.ts";
import { covers, projected, same } from "../kube/subset.ts";
import { hashOf } from "../topologies/common/hash.ts";
import { OWNER_LABEL } from "../topologies/common/labels.ts";
import { sparedKinds } from "./kinds.ts";
import { type ActProblem, nameTaken, refused } from "./problems.ts";
import type { View } from "./view.ts";

export const DESIRED_HASH = "nexus.chat/desired";

export interface Actor {
  /**
   * Applies one object. Resolves with what stands against it, if anything, or "waiting" while another of its name is
   * on its way out.
   * @throws KubeError that is worth a try soon after.
   */
  apply(owner: KubernetesObject, wanted: KubernetesObject): Promise<ActProblem | "waiting" | undefined>;
  /** Creates it unless something of that name is there. */
  createOnce(wanted: KubernetesObject): Promise<ActProblem | undefined>;
  /** Deletes a pod for its controller to make it anew. */
  restart(pod: KubernetesObject): Promise<ActProblem | undefined>;
  /** Deletes what belongs to `owner` and is not among `wanted`. */
  prune(owner: KubernetesObject, wanted: readonly KubernetesObject[]): Promise<ActProblem[]>;
}

/** Times in a row that what others added to an object is removed; then they may have it: it is a controller's. */
const CLAIMS = 5;
const CLAIMS_FORGOTTEN = 600_000;

export function createActor(
  writer: Writer,
  view: View,
  onWrite: (what: string, object: string) => void,
): Actor {
  /** How the server understood what we wrote, where that is not literally what we wrote. */
  const understood = new Map<string, { hash: string; value: unknown }>();
  const claims = new Map<string, { count: number; at: number }>();

  function isCurrent(wanted: KubernetesObject, hash: string, live: KubernetesObject): boolean {
    if (live.metadata.annotations?.[DESIRED_HASH] !== hash) return false;
    if (mayClaim(wanted) && writersOf(live).foreign) return false;
    if (covers(wanted, live)) return true;
    const known = understood.get(keyOf(wanted));
    return known?.hash === hash && same(known.value, projected(wanted, live));
  }

  function mayClaim(wanted: KubernetesObject): boolean {
    if (sparedKinds.has(wanted.kind)) return false;
    const before = claims.get(keyOf(wanted));
    return before === undefined || before.count < CLAIMS || performance.now() - before.at > CLAIMS_FORGOTTEN;
  }

  async function claimIfNeeded(wanted: KubernetesObject, live: KubernetesObject): Promise<void> {
    const { foreign, replicas } = writersOf(live);
    const giveUpReplicas =
      replicas && (wanted.spec as { replicas?: number } | undefined)?.replicas === undefined;
    const claim = foreign && mayClaim(wanted);
    if (!claim && !giveUpReplicas) return;
    if (claim) {
      const key = keyOf(wanted);
      const before = claims.get(key);
      const recent = before !== undefined && performance.now() - before.at < CLAIMS_FORGOTTEN;
      claims.set(key, { count: (recent ? before.count : 0) + 1, at: performance.now() });
    }
    await writer.claim(wanted, { foreign: claim, replicas: giveUpReplicas });
  }

  async function write(
    wanted: KubernetesObject,
    hash: string,
    live: KubernetesObject | undefined,
  ): Promise<void> {
    if (live) await claimIfNeeded(wanted, live);
    const body = {
      ...wanted,
      metadata: { ...wanted.metadata, annotations: { ...wanted.metadata.annotations, [DESIRED_HASH]: hash } },
    };
    const become = view.writing(wanted);
    const response = judgeWriters(await writer.apply(body), FIELD_MANAGER);
    onWrite(live ? "applied" : "created", nameOf(wanted));
    become(response);
    if (covers(wanted, response)) understood.delete(keyOf(wanted));
    else understood.set(keyOf(wanted), { hash, value: projected(wanted, response) });
  }

  /** Fields that cannot change: what may be made anew is, the rest is for a person. */
  async function replace(live: KubernetesObject, error: KubeError): Promise<ActProblem | "waiting"> {
    const how = replacement(live, error);
    if (how === undefined) return refused(live, error);
    await removeToRemake(live, how);
    return "waiting";
  }

  /** Deletes what its controller, or the next look, makes anew. */
  async function removeToRemake(live: KubernetesObject, how?: "Background" | "Orphan"): Promise<void> {
    const become = view.writing(live);
    await writer.remove(live, how);
    onWrite("deleted to be made anew", nameOf(live));
    become({ ...live, metadata: { ...live.metadata, deletionTimestamp: new Date().toISOString() } });
  }

  async function look(object: KubernetesObject): Promise<KubernetesObject | undefined> {
    const known = view.get(object);
    if (known) return known;
    // It may be there without our label: then it is not in our watch, and must not be overwritten unseen.
    const unseen = await writer.read(object);
    return unseen && judgeWriters(unseen, FIELD_MANAGER);
  }

  return {
    async apply(owner, raw) {
      const wanted = JSON.parse(JSON.stringify(raw)) as KubernetesObject; // undefined fields are none
      const hash = hashOf(wanted);
      const live = await look(wanted);
      try {
        if (live && isLeaving(live, owner)) return "waiting";
        const taken = live && takenBy(live, owner);
        if (taken) return nameTaken(live, taken);
        if (live && isCurrent(wanted, hash, live)) return undefined;
        await write(wanted, hash, live);
        return undefined;
      } catch (error) {
        if (!isStatus(error, 400, 403, 404, 405, 409, 413, 422, 500) || error.reason === "Conflict")
          throw error;
        if (live && error.status === 422) return await replace(live, error);
        return refused(wanted, error);
      }
    },

    async createOnce(wanted) {
      try {
        const become = view.writing(wanted);
        const made = await writer.create(wanted);
        if (made) {
          onWrite("created", nameOf(wanted));
          become(made);
        }
        return undefined;
      } catch (error) {
        if (!isStatus(error, 400, 403, 404, 422, 500)) throw error;
        return refused(wanted, error);
      }
    },

    async restart(pod) {
      try {
        await removeToRemake(pod);
        return undefined;
      } catch (error) {
        if (!isStatus(error, 403, 422, 500)) throw error;
        return refused(pod, error);
      }
    },

    async prune(owner, wanted) {
      const kept = new Set(wanted.map(keyOf));
      const extra = view.filter(
        (object) =>
          !sparedKinds.has(object.kind) &&
          !kept.has(keyOf(object)) &&
          object.metadata.deletionTimestamp === undefined &&
          // What others make for our objects may bear our label (KEDA's autoscaler does), but not our ownership.
          controllerOf(object)?.uid === owner.metadata.uid,
      );
      const problems: ActProblem[] = [];
      for (const object of extra) {
        try {
          const become = view.writing(object);
          await writer.remove(object);
          onWrite("deleted", nameOf(object));
          become(undefined);
        } catch (error) {
          if (!isStatus(error, 403, 422, 500)) throw error;
          problems.push(refused(object, error));
        }
      }
      return problems;
    },
  };
}

/** Being deleted, or belonging to a ChatCluster of the same name that was: then it will be. */
function isLeaving(live: KubernetesObject, owner: KubernetesObject): boolean {
  if (live.metadata.deletionTimestamp !== undefined) return true;
  const controller = controllerOf(live);
  return (
    controller?.kind === owner.kind &&
    controller.name === owner.metadata.name &&
    controller.uid !== owner.metadata.uid
  );
}

/** Whose an object is if it is not ours to take: the owner's name for people. */
function takenBy(live: KubernetesObject, owner: KubernetesObject): string | undefined {
  const controller = controllerOf(live);
  if (controller && controller.uid !== owner.metadata.uid) return `${controller.kind} ${controller.name}`;
  const cluster = live.metadata.labels?.[OWNER_LABEL];
  if (cluster !== undefined && cluster !== owner.metadata.name) return `ChatCluster ${cluster}`;
  const release = live.metadata.annotations?.["meta.helm.sh/release-name"];
  return release === undefined ? undefined : `the helm release ${release}`;
}

/** How an object whose change is refused as immutable may be replaced without harm to what runs. */
function replacement(live: KubernetesObject, error: KubeError): "Background" | "Orphan" | undefined {
  if (live.kind === "Job" && /immutable/i.test(error.message)) return "Background";
  // Its pods go on, and the new one takes them over.
  if (live.kind === "StatefulSet" && /updates to statefulset spec/i.test(error.message)) return "Orphan";
  return undefined;
}

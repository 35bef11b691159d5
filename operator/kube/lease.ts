/**
 * Leader election by a Lease: of several candidates one acts.
 *
 *   standing by ──holder gone, or its lease unchanged for its duration on our clock──► taking (update with its version)
 *        ▲                                                                       │ conflict: another was faster
 *        └──renewal failed for RENEW_WITHIN, or somebody else holds it──◄ leading ◄┘
 *
 * Clocks of different machines are never compared. The one that leads stops RENEW_WITHIN after its last renewal was
 * sent, which is before anyone else may take over, so that there are never two.
 */
import { backoff, pause } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { isStatus } from "./errors.ts";
import type { KubernetesObject, OwnerReference } from "./object.ts";
import { startReflector } from "./reflector.ts";
import { pathOf, resourceOf } from "./resources.ts";

export interface ElectionTimes {
  /** ms that the others wait without seeing a change before they take over. */
  duration: number;
  /** ms between renewals. */
  renewEvery: number;
  /** ms after the last successful renewal at which the leader gives up. Must be less than `duration`. */
  renewWithin: number;
}

export interface ElectionOptions {
  client: KubeClient;
  namespace: string;
  name: string;
  /** Tells candidates apart. The same one after a restart goes on at once. */
  identity: string;
  /** With whom the lease goes when it is deleted, whoever has written it last. */
  owner?: OwnerReference | undefined;
  /** Acts until the signal is aborted; the lease is given back when it has ended. Its failure ends the election. */
  lead: (term: Term) => Promise<void>;
  onError: (error: unknown) => void;
  /** Told when it begins and ends to lead, and when another does. */
  onChange?: (leading: boolean, holder: string) => void;
  times?: Partial<ElectionTimes>;
}

/** One time of leading. */
export interface Term {
  signal: AbortSignal;
  /** @throws Error when the lease may have passed to another by now; to be asked before every change. */
  assure: () => void;
}

interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}
type Lease = KubernetesObject & { spec?: LeaseSpec };

const defaults: ElectionTimes = { duration: 15_000, renewEvery: 5000, renewWithin: 10_000 };
const kind = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };

/** Stands for election until `signal` is aborted; resolves when the lease is given back. Rejects with what `lead` threw. */
export async function standForElection(options: ElectionOptions, signal: AbortSignal): Promise<void> {
  const times = { ...defaults, ...options.times };
  const { client, namespace, name, identity } = options;
  const resource = resourceOf(kind);
  let seen: { lease: Lease | undefined; at: number; deleted?: boolean } = {
    lease: undefined,
    at: performance.now(),
  };
  let wake = () => {};
  let told = "";
  const tell = (leading: boolean, holder: string) => {
    const now = `${leading} ${holder}`;
    if (now !== told) options.onChange?.(leading, holder);
    told = now;
  };

  const reflector = startReflector({
    client,
    resource,
    namespace,
    fieldSelector: `metadata.name=${name}`,
    onChange({ type, object }) {
      const deleted = type === "deleted";
      seen = { lease: deleted ? undefined : (object as Lease), at: performance.now(), deleted };
      wake();
    },
    onError: options.onError,
  });

  /** ms until we may take the lease; 0: now. */
  function freeIn(): number {
    const spec = seen.lease?.spec;
    // Whoever held what a person has deleted acts on until its next renewal.
    if (seen.deleted) return Math.max(0, seen.at + times.duration - performance.now());
    if (!spec?.holderIdentity || spec.holderIdentity === identity) return 0;
    const duration = (spec.leaseDurationSeconds ?? times.duration / 1000) * 1000;
    return Math.max(0, seen.at + duration - performance.now());
  }

  function write(lease: Lease | undefined, spec: LeaseSpec): Promise<Lease> {
    const body = {
      ...kind,
      metadata: {
        name,
        namespace,
        resourceVersion: lease?.metadata.resourceVersion,
        ...(options.owner && { ownerReferences: [options.owner] }),
      },
      spec: { ...lease?.spec, ...spec, renewTime: microTime() },
    };
    const path = pathOf(resource, namespace, lease === undefined ? undefined : name);
    const verb = lease === undefined ? "create" : "update";
    return client.call<Lease>({
      verb,
      resource: resource.plural,
      path,
      body,
      timeout: times.renewWithin / 2,
    });
  }

  async function take(): Promise<Lease | undefined> {
    const { lease } = seen;
    const mine = lease?.spec?.holderIdentity === identity;
    try {
      return await write(lease, {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(times.duration / 1000),
        ...(!mine && {
          acquireTime: microTime(),
          leaseTransitions: (lease?.spec?.leaseTransitions ?? -1) + 1,
        }),
      });
    } catch (error) {
      if (!isStatus(error, 409)) options.onError(error); // 409: another was faster; the watch will tell
      return undefined;
    }
  }

  async function hold(first: Lease, takenAt: number): Promise<void> {
    const term = new AbortController();
    let lease = first;
    let renewedAt = takenAt;
    const overdue = () => performance.now() - renewedAt > times.renewWithin;
    const assure = () => {
      if (overdue()) term.abort(new Error("the lease was not renewed in time"));
      term.signal.throwIfAborted();
    };
    const stop = () => term.abort(new Error("stopped"));
    signal.addEventListener("abort", stop, { once: true });
    tell(true, identity);
    const leading = options.lead({ signal: term.signal, assure }).finally(stop);
    leading.catch(() => {}); // awaited below
    let failures = 0;
    while (!term.signal.aborted) {
      await pause(
        failures === 0 ? times.renewEvery : backoff(failures, { first: 200, longest: 1000 }),
        term.signal,
      );
      if (term.signal.aborted) break;
      const sentAt = performance.now();
      try {
        lease = await write(lease, {});
        renewedAt = sentAt;
        failures = 0;
      } catch (error) {
        failures++;
        options.onError(error);
        if (isStatus(error, 404, 409)) {
          const current = await readLease();
          if (current === "unknown") continue;
          // Somebody else's, or deleted by a person: either way it is not ours any more.
          if (current?.spec?.holderIdentity !== identity)
            term.abort(new Error("the lease is somebody else's"));
          else lease = current;
        }
      }
      if (overdue()) term.abort(new Error("the lease was not renewed in time"));
    }
    signal.removeEventListener("abort", stop);
    try {
      await leading;
    } finally {
      tell(false, "");
      // Only what is still ours is given back: the version says so.
      if (!overdue())
        await write(lease, { holderIdentity: "", leaseDurationSeconds: 1 }).catch((error: unknown) => {
          if (!isStatus(error, 404, 409)) options.onError(error);
        });
    }
  }

  async function readLease(): Promise<Lease | undefined | "unknown"> {
    try {
      return await client.call<Lease>({
        verb: "get",
        resource: resource.plural,
        path: pathOf(resource, namespace, name),
        timeout: times.renewWithin / 2,
      });
    } catch (error) {
      return isStatus(error, 404) ? undefined : "unknown";
    }
  }

  try {
    await Promise.race([reflector.synced, aborted(signal)]);
    let failures = 0;
    while (!signal.aborted) {
      const wait = freeIn();
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (wait > 0) {
        tell(false, seen.lease?.spec?.holderIdentity ?? "");
        await Promise.race([woken, pause(wait + 1, signal)]);
        continue;
      }
      const takenAt = performance.now();
      const lease = await take();
      if (lease) {
        failures = 0;
        await hold(lease, takenAt);
      } else failures++;
      // Whatever happened, our copy of the lease is behind: let the watch catch up.
      await Promise.race([
        woken,
        pause(backoff(Math.max(1, failures), { first: 500, longest: 5000 }), signal),
      ]);
    }
  } finally {
    await reflector.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return pause(2 ** 30, signal);
}

/** V1MicroTime: six decimals, or the API server refuses it. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

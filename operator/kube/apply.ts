/** The only writer: every change that the operator makes in the cluster goes through here. */
import type { KubeClient, Verb } from "./client.ts";
import { isStatus } from "./errors.ts";
import { type Claim, claimedFields } from "./managed-fields.ts";
import type { KubernetesObject } from "./object.ts";
import { pathOf, resourceOf } from "./resources.ts";

export const FIELD_MANAGER = "nexus-operator";

/** Tries to claim fields while others go on writing. */
const CLAIMS = 5;

export interface Writer {
  /** The object as it is now, read from the server; undefined: not there. */
  read(object: KubernetesObject): Promise<KubernetesObject | undefined>;
  /** Server-side apply: fields of ours that others changed are taken back. Resolves with the whole live object. */
  apply(object: KubernetesObject): Promise<KubernetesObject>;
  /** Creates it unless it is there: then undefined, and nothing was changed. */
  create(object: KubernetesObject): Promise<KubernetesObject | undefined>;
  /** Deletes exactly this object, not one that has taken its name since; gone already is fine. */
  remove(live: KubernetesObject, propagation?: "Background" | "Orphan"): Promise<void>;
  /** Applies `status` alone; what of it was ours and is absent now goes. */
  applyStatus(object: KubernetesObject): Promise<KubernetesObject>;
  /** Has the next apply remove what others added (`foreign`), or leave `spec.replicas` to whoever scales (`replicas`). */
  claim(object: KubernetesObject, claim: Claim): Promise<void>;
}

/**
 * A writer that writes only while `mayWrite` says so: it throws what that throws, so that a process that has lost its
 * lease changes nothing more. All errors of the server are KubeErrors.
 */
export function createWriter(client: KubeClient, signal: AbortSignal, mayWrite: () => void): Writer {
  async function send<T>(
    verb: Verb,
    object: KubernetesObject,
    rest: {
      query?: Record<string, string | boolean>;
      body?: unknown;
      contentType?: string;
      subresource?: string;
      collection?: true;
    } = {},
  ): Promise<T> {
    if (verb !== "get") mayWrite();
    const { subresource, collection, ...call } = rest;
    const resource = resourceOf(object);
    const { namespace, name } = object.metadata;
    return client.call<T>({
      verb,
      resource: subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`,
      path: pathOf(resource, namespace, collection ? undefined : name, subresource),
      signal,
      ...call,
    });
  }
  const apply = (object: KubernetesObject, subresource?: string) =>
    send<KubernetesObject>("apply", object, {
      query: { fieldManager: FIELD_MANAGER, force: true },
      body: object,
      contentType: "application/apply-patch+yaml", // JSON is YAML
      ...(subresource !== undefined && { subresource }),
    });

  async function read(object: KubernetesObject): Promise<KubernetesObject | undefined> {
    try {
      return await send<KubernetesObject>("get", object);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  return {
    read,
    apply: (object) => apply(object),
    applyStatus: (object) => apply(object, "status"),
    async create(object) {
      try {
        return await send<KubernetesObject>("create", object, {
          query: { fieldManager: FIELD_MANAGER },
          body: object,
          collection: true,
        });
      } catch (error) {
        if (isStatus(error, 409) && error.reason === "AlreadyExists") return undefined;
        throw error;
      }
    },
    async remove(live, propagation = "Background") {
      const { uid } = live.metadata;
      try {
        await send("delete", live, {
          body: {
            apiVersion: "v1",
            kind: "DeleteOptions",
            propagationPolicy: propagation,
            ...(uid !== undefined && { preconditions: { uid } }),
          },
        });
      } catch (error) {
        // 409: another object has the name by now, which is not the one that was to go.
        if (!isStatus(error, 404, 409)) throw error;
      }
    },
    async claim(object, claim) {
      for (let attempt = 1; ; attempt++) {
        const live = await read(object);
        const { managedFields, resourceVersion } = live?.metadata ?? {};
        if (live === undefined || managedFields === undefined) return;
        try {
          await send("patch", live, {
            query: { fieldManager: FIELD_MANAGER },
            contentType: "application/json-patch+json",
            body: [
              // Only if nobody, such as the controller with its status, has written in between.
              { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
              {
                op: "replace",
                path: "/metadata/managedFields",
                value: claimedFields(managedFields, FIELD_MANAGER, claim),
              },
            ],
          });
          return;
        } catch (error) {
          if (!isStatus(error, 409) || attempt === CLAIMS) throw error;
        }
      }
    },
  };
}

/** What a topology of Redis or Postgres gives to the rest of the plan. */
import type { KubernetesObject, V1Secret } from "@kubernetes/client-node";
import type { ChatClusterStatus } from "../../api/chat-cluster.ts";
import type { Health } from "./problem.ts";
import type { SecretKey } from "./secret.ts";

/** Where pods must be able to connect to. */
export type Destination =
  | { pods: "redis" | "sentinel" | "postgres"; port: number }
  | {
      anywhere: true;
      port: number;
      /** By its name a Service of this Kubernetes: the port behind it may be another one. */
      service: boolean;
    };

/** The destination of an external address; `fallback` is the port that its protocol has. */
export function externalDestination(address: URL | undefined, fallback: number): Destination {
  const labels = (address?.hostname ?? "").split(".");
  const numeric = /^[\d.]+$|:/.test(address?.hostname ?? "");
  const service = !numeric && (labels.length <= 2 || labels[2] === "svc");
  return { anywhere: true, port: Number(address?.port || fallback), service };
}

export interface RedisConnect {
  /** REDIS_SENTINELS and the like. */
  settings: Readonly<Record<string, string>>;
  password: SecretKey;
}

export interface StoreDesired {
  /** To be applied, in this order. */
  objects: KubernetesObject[];
  /** To be created if absent. */
  generated: V1Secret[];
  /** Where pods find the address; a Redis that takes more than an address has `connect` instead. */
  url: SecretKey;
  /** Redis by sentinels or as a cluster: settings of the programs, and where the password is. */
  connect?: RedisConnect;
  /** Postgres only: the address of a read replica. */
  readUrl?: SecretKey;
  destinations: Destination[];
  /** Pods to be replaced now, since they are of an old template: their StatefulSet leaves it to us. */
  restart?: KubernetesObject[];
}

export interface StoreStatus {
  health: Health;
  /** Clients can connect now, as far as can be told from here. */
  usable: boolean;
  /** Look again after so many ms. */
  lookAgain?: number;
  /** Postgres only: who leads, for the status. */
  members?: NonNullable<ChatClusterStatus["postgres"]>;
}

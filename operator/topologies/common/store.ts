/** What a topology of Redis or Postgres gives to the rest of the plan. */
import type { KubernetesObject, V1Secret } from "@kubernetes/client-node";
import type { Health } from "./problem.ts";
import type { SecretKey } from "./secret.ts";

/** Where pods must be able to connect to. */
export type Destination = { pods: "redis" | "postgres"; port: number } | { anywhere: true; port: number };

export interface StoreDesired {
  /** To be applied, in this order. */
  objects: KubernetesObject[];
  /** To be created if absent. */
  generated: V1Secret[];
  /** Where pods find the address. */
  url: SecretKey;
  /** Postgres only: the address of a read replica. */
  readUrl?: SecretKey;
  destinations: Destination[];
}

export interface StoreStatus {
  health: Health;
  /** Clients can connect now, as far as can be told from here. */
  usable: boolean;
  /** Look again after so many ms. */
  lookAgain?: number;
}

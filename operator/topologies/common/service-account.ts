import type { V1ServiceAccount } from "@kubernetes/client-node";
import type { Component } from "./labels.ts";
import { ownedMetadata } from "./object.ts";
import type { Scope } from "./scope.ts";

/** An account of its own, without a token unless a pod asks for one. */
export function serviceAccount(scope: Scope, name: string, component: Component): V1ServiceAccount {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: ownedMetadata(scope, name, component),
    automountServiceAccountToken: false,
  };
}

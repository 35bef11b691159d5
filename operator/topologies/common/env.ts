/** Environment variables whose values stand elsewhere. */
import type { V1EnvVar } from "@kubernetes/client-node";
import type { SecretKey } from "./secret.ts";

export function fromSecret(name: string, secret: SecretKey): V1EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret.name, key: secret.key } } };
}

/** @param fieldPath of the pod itself, such as `metadata.name`. */
export function fromField(name: string, fieldPath: string): V1EnvVar {
  return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
}

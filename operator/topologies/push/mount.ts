/**
 * How workers come by the Secret of spec.push: as a folder that kubelet keeps up to date (so no subPath), and that is
 * read again by them. Its contents are in no hash: a new key restarts nobody.
 */
import type { V1EnvVar, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { Scope } from "../common/scope.ts";

const VOLUME = "push";
const FOLDER = "/etc/nexus/push";

export function pushVolumes(scope: Scope): V1Volume[] {
  const name = scope.spec.push?.secretRef.name;
  if (name === undefined) return [];
  // Without the Secret workers do all the rest, and take it up when it is made.
  return [{ name: VOLUME, secret: { secretName: name, optional: true, defaultMode: 0o440 } }];
}

export function pushMounts(scope: Scope): V1VolumeMount[] {
  return scope.spec.push ? [{ name: VOLUME, mountPath: FOLDER, readOnly: true }] : [];
}

export function pushVariables(scope: Scope): V1EnvVar[] {
  return scope.spec.push ? [{ name: "FCM_CREDENTIALS_PATH", value: FOLDER }] : [];
}

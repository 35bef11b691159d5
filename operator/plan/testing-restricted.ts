/** For tests: the Pod Security Standards' level `restricted`, as its text has it (Kubernetes 1.34). */
import type {
  KubernetesObject,
  V1PodSpec,
  V1PodTemplateSpec,
  V1SecurityContext,
} from "@kubernetes/client-node";

/** The pods that an object makes. */
export function podTemplateOf(object: KubernetesObject): V1PodTemplateSpec | undefined {
  type Template = { template?: V1PodTemplateSpec };
  const { spec } = object as { spec?: Template & { jobTemplate?: { spec?: Template } } };
  return spec?.template ?? spec?.jobTemplate?.spec?.template;
}

const volumeTypes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** What of a pod `restricted` refuses; empty when all is well. */
export function violations(pod: V1PodSpec): string[] {
  const found: string[] = [];
  const say = (wrong: boolean | undefined, what: string) => wrong && found.push(what);
  say(pod.hostNetwork, "hostNetwork");
  say(pod.hostPID, "hostPID");
  say(pod.hostIPC, "hostIPC");
  for (const volume of pod.volumes ?? [])
    for (const type of Object.keys(volume)) say(type !== "name" && !volumeTypes.has(type), `volume ${type}`);
  const whole = pod.securityContext ?? {};
  say((whole.sysctls ?? []).length > 0, "sysctls");
  say(whole.runAsUser === 0, "runAsUser 0");
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const own: V1SecurityContext = container.securityContext ?? {};
    const at = (what: string) => `${container.name}: ${what}`;
    say(own.privileged, at("privileged"));
    say(own.procMount !== undefined && own.procMount !== "Default", at("procMount"));
    say(own.allowPrivilegeEscalation !== false, at("allowPrivilegeEscalation"));
    say((own.runAsNonRoot ?? whole.runAsNonRoot) !== true, at("runAsNonRoot"));
    say(own.runAsUser === 0, at("runAsUser 0"));
    say(!own.capabilities?.drop?.includes("ALL"), at("capabilities.drop"));
    say(
      (own.capabilities?.add ?? []).some((added) => added !== "NET_BIND_SERVICE"),
      at("capabilities.add"),
    );
    const seccomp = (own.seccompProfile ?? whole.seccompProfile)?.type;
    say(seccomp !== "RuntimeDefault" && seccomp !== "Localhost", at("seccompProfile"));
    say(
      (container.ports ?? []).some(({ hostPort }) => hostPort !== undefined && hostPort !== 0),
      at("hostPort"),
    );
    // Beyond `restricted`, what the project promises.
    say(own.readOnlyRootFilesystem !== true, at("readOnlyRootFilesystem"));
    for (const kind of ["requests", "limits"] as const)
      for (const amount of ["cpu", "memory"])
        say(container.resources?.[kind]?.[amount] === undefined, at(`${kind}.${amount} missing`));
  }
  say(pod.automountServiceAccountToken !== false, "automountServiceAccountToken");
  return found;
}

/**
 * Pods within Pod Security `restricted`: an unprivileged user, no capabilities, a read-only root, no token of the
 * Kubernetes API.
 */
import type {
  V1Affinity,
  V1Container,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Toleration,
  V1Volume,
  V1VolumeMount,
} from "@kubernetes/client-node";
import { type Component, labels, selectorLabels } from "./labels.ts";
import type { Scope } from "./scope.ts";

/** User and group of all our images. */
const USER = 10001;

/** What a person may say about a component's pods. */
export interface PodPlacement {
  nodeSelector?: Record<string, string> | undefined;
  tolerations?: Record<string, unknown>[] | undefined;
  affinity?: Record<string, unknown> | undefined;
  podAnnotations?: Record<string, string> | undefined;
}

/** A container as the builders give it; security and the writable /tmp are added here. */
export type ContainerParts = Omit<V1Container, "securityContext">;

/** Containers get the writable /tmp and what `restricted` asks for; a failure's last lines become its message. */
export function container(parts: ContainerParts): V1Container {
  const mounts: V1VolumeMount[] = [{ name: "tmp", mountPath: "/tmp" }, ...(parts.volumeMounts ?? [])];
  return {
    ...parts,
    volumeMounts: mounts,
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
  };
}

export interface PodParts {
  component: Component;
  container: V1Container;
  volumes?: V1Volume[];
  terminationGracePeriodSeconds: number;
  placement?: PodPlacement;
  annotations?: Record<string, string>;
  /** Spread over zones and nodes as well as the cluster allows. */
  spread?: boolean;
  restartPolicy?: "Always" | "Never";
  serviceAccountName?: string;
}

/** A pod's template. */
export function podTemplate(scope: Scope, parts: PodParts): V1PodTemplateSpec {
  const placement = parts.placement ?? {};
  const annotations = { ...placement.podAnnotations, ...parts.annotations };
  const spec: V1PodSpec = {
    automountServiceAccountToken: false,
    ...(parts.serviceAccountName && { serviceAccountName: parts.serviceAccountName }),
    // Variables of every Service in the namespace are of no use here and could be taken for settings.
    enableServiceLinks: false,
    ...(parts.restartPolicy && { restartPolicy: parts.restartPolicy }),
    terminationGracePeriodSeconds: parts.terminationGracePeriodSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      // Postgres refuses a folder that is made group-writable anew at each start.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(scope.spec.image.pullSecrets.length > 0 && { imagePullSecrets: scope.spec.image.pullSecrets }),
    ...(parts.spread && { topologySpreadConstraints: spreadOf(scope, parts.component) }),
    ...(isGiven(placement.nodeSelector) && { nodeSelector: placement.nodeSelector }),
    ...(placement.tolerations?.length && { tolerations: placement.tolerations as unknown as V1Toleration[] }),
    ...(isGiven(placement.affinity) && { affinity: placement.affinity as V1Affinity }),
    containers: [parts.container],
    volumes: [{ name: "tmp", emptyDir: {} }, ...(parts.volumes ?? [])],
  };
  return {
    metadata: {
      labels: labels(scope.name, parts.component),
      ...(isGiven(annotations) && { annotations }),
    },
    spec,
  };
}

function isGiven<T extends object>(map: T | undefined): map is T {
  return map !== undefined && Object.keys(map).length > 0;
}

/** Zones first, then nodes; never at the price of a pod that cannot run. Each release's pods are spread by themselves. */
function spreadOf(scope: Scope, component: Component) {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selectorLabels(scope.name, component) },
    matchLabelKeys: ["pod-template-hash"],
  }));
}

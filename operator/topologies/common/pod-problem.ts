/** What keeps a pod from being ready, read from its status and from Warning events about it. */
import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { lastWords } from "./last-words.ts";
import { type Observed, timeOf } from "./observed.ts";
import { oneLine, type Problem } from "./problem.ts";

/** Where in the spec to mend what; the names are said to people. */
export interface PodHints {
  /** Field of the spec that names the image. */
  imageField: "spec.image" | "spec.dataImage";
  /** Field of the spec of these pods, for resources and placement; undefined: none. */
  podsField?: "spec.gateway" | "spec.worker" | "spec.redis" | "spec.postgres";
  /** What it means that the readiness probe fails. */
  notReady?: string;
}

const pullReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "RegistryUnavailable",
  "ImageInspectError",
]);
const startReasons = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "PreCreateHookError",
]);
/** Events of a pod that say why its containers are not created. */
const creationEvents = new Set(["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"]);
/** How long a pod may take to become ready, and to become so again, before it counts as stuck; in ms. */
const STARTUP_PATIENCE = 60_000;
const RECOVERY_PATIENCE = 10_000;

export function podProblem(pod: V1Pod, observed: Observed, hints: PodHints, now: Date): Problem | undefined {
  const status = pod.status?.containerStatuses?.[0];
  return (
    imageProblem(pod, status, hints) ??
    startProblem(pod, status) ??
    crashProblem(pod, status, hints) ??
    schedulingProblem(pod, hints) ??
    creationProblem(pod, observed, now) ??
    readinessProblem(pod, status, observed, hints, now)
  );
}

const nameOf = (pod: V1Pod) => pod.metadata?.name ?? "?";
const logs = (pod: V1Pod, more = "") => `kubectl -n ${pod.metadata?.namespace} logs ${nameOf(pod)}${more}`;

function imageProblem(pod: V1Pod, status: V1ContainerStatus | undefined, hints: PodHints) {
  const waiting = status?.state?.waiting;
  if (!waiting?.reason || !pullReasons.has(waiting.reason)) return undefined;
  const image = pod.spec?.containers[0]?.image ?? status?.image;
  const secrets = "spec.image.pullSecrets if the registry asks for a password";
  return {
    reason: "ImagePullFailed",
    message:
      `The image "${image}" of pod ${nameOf(pod)} cannot be pulled: ${pullMessage(waiting.message ?? "") || waiting.reason}. ` +
      `Correct ${hints.imageField}${hints.imageField === "spec.image" ? " or spec.version" : ""}, or set ${secrets}`,
  };
}

/** Kubelets say by turns that they failed and that they wait: the part that stays, so that nothing is told anew. */
function pullMessage(message: string): string {
  const cause = message.replace(/^Back-off pulling image "[^"]*"(: )?(ErrImagePull: )?/, "");
  return oneLine(cause || message, 300).replace(/\.$/, "");
}

function startProblem(pod: V1Pod, status: V1ContainerStatus | undefined) {
  const waiting = status?.state?.waiting;
  if (!waiting?.reason || !startReasons.has(waiting.reason)) return undefined;
  return {
    reason: "CreateFailed",
    message:
      `The container of pod ${nameOf(pod)} cannot be started (${waiting.reason}): ${oneLine(waiting.message ?? "")}. ` +
      `See kubectl -n ${pod.metadata?.namespace} describe pod ${nameOf(pod)}`,
  };
}

function crashProblem(pod: V1Pod, status: V1ContainerStatus | undefined, hints: PodHints) {
  const looping = status?.state?.waiting?.reason === "CrashLoopBackOff";
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  if (!status || status.ready || !ended || (!looping && ended.exitCode === 0)) return undefined;
  if (ended.reason === "OOMKilled") {
    const limit = pod.spec?.containers[0]?.resources?.limits?.memory;
    return {
      reason: "CrashLooping",
      message:
        `Pod ${nameOf(pod)} used more memory than its limit${limit ? ` of ${limit}` : ""} and was killed` +
        `${hints.podsField ? `: raise ${hints.podsField}.resources.limits.memory` : ""}`,
    };
  }
  const words = lastWords(ended.message);
  const said = words ? `: ${words}` : "";
  return {
    reason: "CrashLooping",
    message:
      `Pod ${nameOf(pod)} ended with exit code ${ended.exitCode} after ${status.restartCount} restarts${said}. ` +
      `See ${logs(pod, status.restartCount > 0 ? " --previous" : "")}`,
  };
}

function schedulingProblem(pod: V1Pod, hints: PodHints) {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return undefined;
  const field = hints.podsField;
  return {
    reason: "Unschedulable",
    message:
      `Pod ${nameOf(pod)} finds no node: ${oneLine(scheduled.message ?? "")} Add nodes` +
      `${field ? `, lower ${field}.resources.requests, or loosen ${field}.nodeSelector, tolerations and affinity` : ""}`,
  };
}

function creationProblem(pod: V1Pod, observed: Observed, now: Date) {
  if (pod.status?.phase !== "Pending" || ageOf(pod, now) < STARTUP_PATIENCE / 2) return undefined;
  const event = lastEvent(observed, nameOf(pod), creationEvents);
  if (!event) return undefined;
  return {
    reason: "CreateFailed",
    message:
      `Pod ${nameOf(pod)} cannot be created (${event.reason}): ${oneLine(event.message)}. ` +
      `See kubectl -n ${pod.metadata?.namespace} describe pod ${nameOf(pod)}`,
  };
}

function readinessProblem(
  pod: V1Pod,
  status: V1ContainerStatus | undefined,
  observed: Observed,
  hints: PodHints,
  now: Date,
) {
  if (status?.ready || !status?.state?.running || patienceLeft(pod, now) > 0) return undefined;
  const event = lastEvent(observed, nameOf(pod), new Set(["Unhealthy"]));
  const why = status.started === false ? "its program has not come up yet" : hints.notReady;
  return {
    reason: "NotReady",
    message:
      `Pod ${nameOf(pod)}${pod.spec?.nodeName ? ` on ${pod.spec.nodeName}` : ""} runs but is not ready${event ? ` (${oneLine(event.message, 200)})` : ""}` +
      `${why ? `: ${why}` : ""}. See ${logs(pod)}`,
  };
}

/** The newest event about `name` with one of the `reasons`. */
export function lastEvent(observed: Observed, name: string, reasons: ReadonlySet<string>) {
  return observed.events
    .filter((event) => event.involvedName === name && reasons.has(event.reason))
    .sort((a, b) => timeOf(b.at) - timeOf(a.at))[0];
}

/** For how many ms more a pod that is not ready may just be on its way. */
export function patienceLeft(pod: V1Pod, now: Date): number {
  const started = timeOf(pod.status?.containerStatuses?.[0]?.state?.running?.startedAt);
  const turned = timeOf(pod.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime);
  // Times in a pod's status are whole seconds.
  if (turned > started + 2000) return turned + RECOVERY_PATIENCE - now.getTime();
  return STARTUP_PATIENCE - (Number.isNaN(started) ? ageOf(pod, now) : now.getTime() - started);
}

/** Milliseconds since the pod was made. */
export function ageOf(pod: V1Pod, now: Date): number {
  const created = timeOf(pod.metadata?.creationTimestamp);
  return Number.isNaN(created) ? 0 : now.getTime() - created;
}

/** For tests of conditions: worlds in trouble, and what is said about them. */
import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "vitest";
import { type ChatClusterSpecInput, type ConditionType, conditionReasons } from "../api/chat-cluster.ts";
import { planOf, setStatus, settle, type World, withPods, worldOf } from "./testing-world.ts";

export function condition(world: World, type: ConditionType) {
  const found = planOf(world).status.conditions.find((each) => each.type === type);
  if (!found) throw new Error(`no condition ${type}`);
  expect(Object.keys(conditionReasons[type])).toContain(found.reason);
  return found;
}

export function settled(spec: ChatClusterSpecInput = {}): World {
  const world = worldOf(spec);
  settle(world);
  return world;
}

export function later(world: World, seconds: number): void {
  world.now = new Date(world.now.getTime() + seconds * 1000);
}

export const waitingFor = (reason: string, message: string): V1Pod["status"] => ({
  phase: "Pending",
  containerStatuses: [
    {
      name: "x",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { waiting: { reason, message } },
    },
  ],
});

export const ended = (message: string, exitCode = 1, reason = "Error"): V1Pod["status"] => ({
  phase: "Running",
  containerStatuses: [
    {
      name: "x",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
      lastState: { terminated: { exitCode, reason, message } },
    },
  ],
});

export const unschedulable: V1Pod["status"] = {
  phase: "Pending",
  conditions: [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes are available: 3 Insufficient cpu.",
    },
  ],
};

export const running: V1Pod["status"] = {
  phase: "Running",
  containerStatuses: [
    {
      name: "x",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { running: { startedAt: "2026-01-01T00:00:00Z" as unknown as Date } },
    },
  ],
};

/** All pods of a workload are as `status` says, and none is ready. */
export function broken(
  world: World,
  kind: "Deployment" | "StatefulSet",
  name: string,
  status: V1Pod["status"],
): void {
  setStatus(world, `${kind}/${name}`, { observedGeneration: 1, replicas: 1, updatedReplicas: 1 });
  withPods(world, kind, name, status);
}

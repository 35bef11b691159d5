/** Who is the primary and who copies it, from what Patroni writes onto its pods. */
import type { V1Pod } from "@kubernetes/client-node";
import { selectorLabels } from "../../common/labels.ts";
import { findLabelled } from "../../common/observed.ts";
import type { Scope } from "../../common/scope.ts";
import { isReady } from "../../common/workload.ts";
import { ROLE_LABEL } from "./config.ts";

export interface Member {
  name: string;
  ordinal: number;
  pod: V1Pod;
  ready: boolean;
  leaving: boolean;
  /** By Patroni's label; undefined: none yet, or not under Patroni. */
  role: string | undefined;
  /** Copies the primary at this moment. */
  streaming: boolean;
  timeline: number;
  /** Position in the log, in bytes. */
  position: number;
}

interface Told {
  replication_state?: string;
  timeline?: number;
  xlog_location?: number;
}

/** All Postgres pods, by ordinal. */
export function membersOf(scope: Scope): Member[] {
  const pods = findLabelled<V1Pod>(scope.observed, "Pod", selectorLabels(scope.name, "postgres"));
  return pods.map(member).sort((a, b) => a.ordinal - b.ordinal);
}

/** The primary; of two that claim to be it, the one that is ready and of the newer timeline. */
export function primaryOf(members: readonly Member[]): Member | undefined {
  return members
    .filter(({ role }) => role === "primary")
    .sort((a, b) => Number(b.ready) - Number(a.ready) || b.timeline - a.timeline)[0];
}

/** Replicas that have what the primary has, or are about to. */
export function streamingReplicas(members: readonly Member[]): Member[] {
  return members.filter(({ role, streaming, ready }) => role === "replica" && streaming && ready);
}

function member(pod: V1Pod): Member {
  const { name = "", annotations, labels, deletionTimestamp } = pod.metadata ?? {};
  const told = parse(annotations?.status);
  return {
    name,
    ordinal: Number(/-(\d+)$/.exec(name)?.[1] ?? 0),
    pod,
    ready: isReady(pod),
    leaving: deletionTimestamp !== undefined,
    role: labels?.[ROLE_LABEL],
    streaming: told.replication_state === "streaming",
    timeline: told.timeline ?? 0,
    position: told.xlog_location ?? 0,
  };
}

function parse(status: string | undefined): Told {
  try {
    return JSON.parse(status ?? "{}") as Told;
  } catch {
    return {};
  }
}

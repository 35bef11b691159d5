/** What gateways and workers have in common: the same image, settings and secrets. */
import type { V1Container, V1EnvVar, V1Probe } from "@kubernetes/client-node";
import { nodeFlags } from "../../../src/config/node-flags.ts";
import { fromSecret } from "./env.ts";
import { container } from "./pod.ts";
import type { Scope } from "./scope.ts";
import type { SecretKey } from "./secret.ts";
import type { RedisConnect } from "./store.ts";

/** Kept of the grace period, so that a program that drains to the end leaves by itself before it is killed. */
const RESERVE_SECONDS = 5;

export interface ProgramEnvironment {
  databaseUrl: SecretKey;
  databaseReadUrl?: SecretKey;
  /** By its address, or by what takes the address's place. */
  redis: { url: SecretKey } | RedisConnect;
  jwtSecret: SecretKey;
}

/** What the plan has decided about gateways and workers. */
export interface Program {
  image: string;
  environment: ProgramEnvironment;
  /** Hash of all settings and secrets. */
  configHash: string;
}

export interface ProgramSpec {
  terminationGracePeriodSeconds: number;
  env?: { name: string; value: string }[] | undefined;
}

function redisVariables(redis: ProgramEnvironment["redis"]): V1EnvVar[] {
  if ("url" in redis) return [fromSecret("REDIS_URL", redis.url)];
  const settings = Object.entries(redis.settings).map(([name, value]) => ({ name, value }));
  return [...settings, fromSecret("REDIS_PASSWORD", redis.password)];
}

/** The environment besides the ConfigMap of settings. What a person adds wins over what is only our advice. */
export function environmentOf(spec: ProgramSpec, { environment }: Program, own: V1EnvVar[] = []): V1EnvVar[] {
  const added = spec.env ?? [];
  const names = new Set(added.map(({ name }) => name));
  const variables: V1EnvVar[] = [
    ...own,
    fromSecret("DATABASE_URL", environment.databaseUrl),
    ...(environment.databaseReadUrl ? [fromSecret("DATABASE_READ_URL", environment.databaseReadUrl)] : []),
    ...redisVariables(environment.redis),
    fromSecret("JWT_SECRET", environment.jwtSecret),
    { name: "SHUTDOWN_GRACE", value: String((spec.terminationGracePeriodSeconds - RESERVE_SECONDS) * 1000) },
  ];
  return [
    ...variables.filter(({ name }) => !names.has(name)),
    ...added.map(({ name, value }) => (value === "" ? { name } : { name, value })),
  ];
}

/**
 * How Node starts the program `main`. The heap's size is no part of NODE_OPTIONS, which the image has its own of; a
 * person's NODE_OPTIONS decide alone.
 */
export function nodeCommand(spec: ProgramSpec, memoryLimit: number, main: string): string[] {
  const decided = spec.env?.some(({ name }) => name === "NODE_OPTIONS") ?? false;
  // V8 would size its heap by the node's memory; the rest of the limit is for sockets' buffers.
  const heap = `--max-old-space-size=${Math.max(64, Math.floor(memoryLimit * 0.7))}`;
  return ["node", ...nodeFlags, ...(decided ? [] : [heap]), main];
}

/** A probe over HTTP. */
export function httpProbe(path: string, port: string, more: Omit<V1Probe, "httpGet">): V1Probe {
  return { httpGet: { path, port, scheme: "HTTP" }, ...more };
}

/** The container of one of Nexus' programs; all of them answer /healthz beside their metrics. */
export function programContainer(
  scope: Scope,
  parts: Omit<V1Container, "image" | "imagePullPolicy" | "envFrom" | "startupProbe" | "livenessProbe"> & {
    program: Program;
    resources: { requests: Record<string, string>; limits: Record<string, string> };
  },
): V1Container {
  const { program, ...rest } = parts;
  return container({
    ...rest,
    image: program.image,
    imagePullPolicy: scope.spec.image.pullPolicy,
    envFrom: [{ configMapRef: { name: scope.names.settings } }],
    // Answered while Postgres is waited for: it fails only when the program does not come up at all, for which a
    // starved node needs minutes.
    startupProbe: httpProbe("/healthz", "metrics", {
      periodSeconds: 1,
      timeoutSeconds: 2,
      failureThreshold: 300,
    }),
    // A minute without an answer: the event loop hangs. Less would kill programs that are merely busy.
    livenessProbe: httpProbe("/healthz", "metrics", {
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    }),
  });
}

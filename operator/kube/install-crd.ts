/** Applies a CustomResourceDefinition at start, since helm never upgrades those of a chart. */
import { createHash } from "node:crypto";
import type { Writer } from "./apply.ts";
import { backoff, pause } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { isPassing, isStatus } from "./errors.ts";
import type { KubernetesObject } from "./object.ts";

/** Which version of the operator has written the definition, and what exactly. */
const VERSION = "nexus.chat/crd-version";
const HASH = "nexus.chat/crd-hash";

type Crd = KubernetesObject & {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
};

export type CrdOutcome = "applied" | "unchanged" | "newer" | "forbidden";

/**
 * Brings `crd` to the cluster and waits until it is served. Leaves alone one that a newer version has written
 * ("newer"), and one that we may not write ("forbidden": the message of `onForbidden` says who can).
 * @throws KubeError when the API server cannot be asked, or Error when the definition is not served within 30 s.
 */
export async function installCrd(
  options: { client: KubeClient; writer: Writer; version: string; onForbidden: (message: string) => void },
  crd: KubernetesObject,
  signal: AbortSignal,
): Promise<CrdOutcome> {
  const hash = createHash("sha256").update(JSON.stringify(crd)).digest("hex").slice(0, 16);
  const outcome = await decide();
  if (outcome !== "forbidden") await established();
  return outcome;

  async function decide(): Promise<CrdOutcome> {
    try {
      const live = await options.writer.read(crd);
      const { [VERSION]: written, [HASH]: known } = live?.metadata.annotations ?? {};
      if (written !== undefined && compareVersions(written, options.version) > 0) return "newer";
      if (known === hash && written === options.version) return "unchanged";
      await options.writer.apply({
        ...crd,
        metadata: {
          ...crd.metadata,
          annotations: { ...crd.metadata.annotations, [VERSION]: options.version, [HASH]: hash },
        },
      });
      return "applied";
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
      options.onForbidden(error.message);
      return "forbidden";
    }
  }

  async function established(): Promise<void> {
    const deadline = performance.now() + 30_000;
    let last = "it has no status";
    while (performance.now() < deadline && !signal.aborted) {
      const live = (await options.writer.read(crd)) as Crd | undefined;
      const conditions = live?.status?.conditions ?? [];
      if (conditions.some(({ type, status }) => type === "Established" && status === "True")) return;
      last = conditions.find(({ status }) => status === "False")?.message ?? last;
      await pause(200, signal);
    }
    if (!signal.aborted)
      throw new Error(
        `the definition ${crd.metadata.name} is not served: ${last} (kubectl describe crd ${crd.metadata.name})`,
      );
  }
}

/** As installCrd, again and again while the API server cannot be reached; "stopped" when the signal ended that. */
export async function keepInstalled(
  options: Parameters<typeof installCrd>[0] & { onRetry: (error: unknown) => void },
  crd: KubernetesObject,
  signal: AbortSignal,
): Promise<CrdOutcome | "stopped"> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await installCrd(options, crd, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (!isPassing(error)) throw error;
      options.onRetry(error);
      await pause(backoff(failures, { first: 500, longest: 5000 }), signal);
    }
  }
  return "stopped";
}

/** Above 0 when `a` is the newer one of two semantic versions; a pre-release is older than its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.pre === right.pre) return 0;
  if (left.pre === "") return 1;
  if (right.pre === "") return -1;
  return left.pre.localeCompare(right.pre, "en", { numeric: true });
}

function parts(version: string): { numbers: number[]; pre: string } {
  const [core = "", pre = ""] = version.replace(/^v/, "").replace(/\+.*$/, "").split(/-(.*)/s);
  return { numbers: core.split(".").map((part) => Number.parseInt(part, 10) || 0), pre };
}

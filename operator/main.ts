/** The operator: looks after all ChatClusters of a namespace, or of the whole Kubernetes cluster. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { ConfigError } from "../src/config/load.ts";
import { createLogger, type Logger } from "../src/telemetry/logger.ts";
import { serveMetrics } from "../src/telemetry/metrics-server.ts";
import { chatClusterCrd } from "./api/crd.ts";
import { loadOperatorConfig, type OperatorConfig } from "./config.ts";
import { type Controller, startController } from "./controller/controller.ts";
import { findAccess } from "./kube/access.ts";
import { createWriter } from "./kube/apply.ts";
import { createClient, type KubeClient } from "./kube/client.ts";
import { KubeError } from "./kube/errors.ts";
import { createEventRecorder } from "./kube/events.ts";
import { keepInstalled } from "./kube/install-crd.ts";
import { standForElection } from "./kube/lease.ts";
import type { KubernetesObject, OwnerReference } from "./kube/object.ts";
import { pathOf, resourceOf } from "./kube/resources.ts";
import { createOperatorMetrics } from "./metrics.ts";

/** ms that leaving may take: calls under way are cut, the lease is given back. */
const GRACE = 10_000;

async function run(config: OperatorConfig, log: Logger): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const stopped = stopOnSignals(log);
  const metrics = createOperatorMetrics();
  const identity = config.POD_NAME ?? `${hostname().toLowerCase()}-${randomBytes(4).toString("hex")}`;
  const complain = quietly(log);

  let controller: Controller | undefined;
  let election = "the election has not begun";
  metrics.watchDepth(() => controller?.depth() ?? 0);
  stack.use(
    await serveMetrics(
      {
        dead: () => controller?.stuck(),
        notReady: () => {
          if (controller) return controller.isSynced() ? undefined : "the cluster is not known yet";
          return election === "" ? undefined : election;
        },
        render: metrics.render,
      },
      { port: config.PORT, host: config.HOST },
    ),
  );

  const client = createClient(await findAccess(config), {
    userAgent: `nexus-operator/${config.NEXUS_VERSION}`,
    onRequest: metrics.requested,
  });
  stack.defer(() => client.close());
  const recorder = createEventRecorder({
    client,
    controller: "nexus.chat/operator",
    instance: identity,
    onError: (error) => complain("events", error),
  });
  if (config.MANAGE_CRDS) await installDefinition(client, config, log, stopped);

  const namespace = config.POD_NAMESPACE ?? client.namespace;
  log.info(
    { identity, namespace, watch: config.WATCH_NAMESPACE || "all namespaces" },
    "standing for election",
  );
  await standForElection(
    {
      client,
      namespace,
      name: config.LEASE_NAME,
      identity,
      owner: await ownDeployment(client, namespace, config.DEPLOYMENT_NAME).catch((error) => {
        complain("deployment", error);
        return undefined;
      }),
      onError: (error) => complain("lease", error),
      onChange(leads, holder) {
        election = "";
        metrics.leads(leads);
        log.info({ leads, holder }, leads ? "leading" : "standing by");
      },
      async lead(term) {
        controller = startController(
          {
            client,
            namespace: config.WATCH_NAMESPACE,
            recorder,
            log,
            context: () => ({
              version: config.NEXUS_VERSION,
              image: config.NEXUS_IMAGE,
              dataImage: config.NEXUS_DATA_IMAGE,
              now: new Date(),
              random: (bytes) => randomBytes(bytes).toString("hex"),
            }),
            told: {
              reconciled: metrics.reconciled,
              converged: metrics.converged,
              relisted: metrics.relisted,
              status: metrics.backups.tell,
              watchFailed(resource, error) {
                metrics.watchFailed(resource);
                complain(resource, error);
              },
            },
          },
          term,
        );
        try {
          await controller.done;
        } finally {
          controller = undefined;
          metrics.backups.forget();
        }
      },
    },
    stopped,
  );
  await recorder.flush();
}

/** The operator's Deployment as an owner; undefined where it runs without one. */
async function ownDeployment(
  client: KubeClient,
  namespace: string,
  name: string | undefined,
): Promise<OwnerReference | undefined> {
  if (name === undefined) return undefined;
  const kind = { apiVersion: "apps/v1", kind: "Deployment" };
  const resource = resourceOf(kind);
  const path = pathOf(resource, namespace, name);
  const { metadata } = await client.call<KubernetesObject>({ verb: "get", resource: resource.plural, path });
  return { ...kind, name, uid: metadata.uid ?? "" };
}

function stopOnSignals(log: Logger): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) return;
      log.info({ signal }, "stopping");
      stopping.abort(new Error("stopped"));
      setTimeout(() => {
        log.error("the grace period is over: leaving with work undone");
        process.exit(1); // the one place: whatever hangs must not keep the process
      }, GRACE).unref();
    });
  return stopping.signal;
}

/** Tries until the API server is there: it may start together with us. */
async function installDefinition(
  client: KubeClient,
  config: OperatorConfig,
  log: Logger,
  stopped: AbortSignal,
): Promise<void> {
  const outcome = await keepInstalled(
    {
      client,
      writer: createWriter(client, stopped, () => stopped.throwIfAborted()),
      version: config.NEXUS_VERSION,
      onForbidden: (message) =>
        log.warn(
          { reason: message },
          "may not apply the ChatCluster definition: have an administrator apply charts/nexus/crds, or allow it",
        ),
      onRetry: (error) => log.warn({ err: error }, "waiting for the API server"),
    },
    chatClusterCrd(),
    stopped,
  );
  if (outcome === "newer")
    log.warn("the ChatCluster definition is of a newer version and is left alone: upgrade this operator");
  else log.info({ outcome }, "ChatCluster definition");
}

/**
 * Logs a failure when it is new or a minute old: a watch that cannot be opened fails every few seconds. A connection
 * that is cut fails all watches at once, which is one failure.
 */
function quietly(log: Logger): (what: string, error: unknown) => void {
  const last = new Map<string, { message: string; at: number }>();
  return (source, error) => {
    const cut = error instanceof KubeError && error.status === 0;
    const what = cut ? "connection" : source;
    const message = error instanceof Error ? error.message : String(error);
    const before = last.get(what);
    const now = performance.now();
    const same = before !== undefined && (before.message === message || (cut && now - before.at < 5000));
    if (same && now - before.at < 60_000) return;
    last.set(what, { message, at: now });
    log.warn({ what, reason: message }, "the API server was no help: trying again");
  };
}

try {
  const config = loadOperatorConfig();
  const log = createLogger({ level: config.LOG_LEVEL, name: "operator" });
  try {
    await run(config, log);
    log.info("stopped");
  } catch (error) {
    log.fatal({ err: error }, "the operator cannot run");
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

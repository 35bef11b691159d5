/**
 * `nexus_connections` of every ready pod of a selector, as custom.metrics.k8s.io/v1beta2 tells a HorizontalPodAutoscaler:
 * read from the pods' own /metrics at the moment of asking. Runs in a pod from one file, with Node alone.
 */
import { readFileSync } from "node:fs";
import { createServer, request } from "node:https";

const version = "custom.metrics.k8s.io/v1beta2";
const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const metric = "nexus_connections";

type Pod = {
  metadata: { name: string; namespace: string };
  status: { podIP?: string; conditions?: { type: string; status: string }[] };
};

createServer(
  { key: readFileSync("/tls/tls.key"), cert: readFileSync("/tls/tls.crt") },
  async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", "https://here");
    const answer = (status: number, body: object) => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(body));
    };
    try {
      if (url.pathname === "/healthz") return answer(200, {});
      if (url.pathname === `/apis/${version}`) return answer(200, resources());
      // The * may come as %2A.
      const path = decodeURIComponent(url.pathname);
      const namespace = /\/namespaces\/([^/]+)\/pods\/\*\/nexus_connections$/.exec(path)?.[1];
      if (!namespace)
        return answer(404, { kind: "Status", status: "Failure", code: 404, reason: "NotFound" });
      answer(200, await values(namespace, url.searchParams.get("labelSelector") ?? ""));
    } catch (error) {
      console.error(error);
      answer(500, { kind: "Status", status: "Failure", code: 500, message: String(error) });
    }
  },
).listen(8443);

function resources(): object {
  const resource = { name: `pods/${metric}`, namespaced: true, kind: "MetricValueList", verbs: ["get"] };
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: version, resources: [resource] };
}

async function values(namespace: string, labelSelector: string): Promise<object> {
  const selector = encodeURIComponent(labelSelector);
  const { items } = (await ask(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`)) as {
    items: Pod[];
  };
  const ready = items.filter((pod) =>
    pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  const list = await Promise.all(
    ready.map(async ({ metadata, status }) => ({
      describedObject: { apiVersion: "v1", kind: "Pod", name: metadata.name, namespace },
      metric: { name: metric },
      timestamp: new Date().toISOString(),
      value: String(await connections(String(status.podIP))),
    })),
  );
  return { kind: "MetricValueList", apiVersion: version, metadata: {}, items: list };
}

/** The gauge as the pod tells it. */
async function connections(ip: string): Promise<number> {
  const answer = await fetch(`http://${ip}:9464/metrics`, { signal: AbortSignal.timeout(3_000) });
  const line = new RegExp(`^${metric}(?:{[^}]*})? (\\d+)`, "m").exec(await answer.text());
  if (!line) throw new Error(`${ip} tells no ${metric}`);
  return Number(line[1]);
}

/** GET from the Kubernetes API, as the pod's account. */
function ask(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const authorization = `Bearer ${readFileSync(`${account}/token`, "utf8")}`;
    const asked = request(
      `https://kubernetes.default.svc${path}`,
      { ca: readFileSync(`${account}/ca.crt`), headers: { authorization }, timeout: 5_000 },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (chunk: string) => {
          text += chunk;
        });
        incoming.on("end", () =>
          incoming.statusCode === 200
            ? resolve(JSON.parse(text))
            : reject(new Error(`${path}: ${incoming.statusCode} ${text}`)),
        );
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`${path}: no answer`)));
    asked.on("error", reject);
    asked.end();
  });
}

import { readFile } from "node:fs/promises";
import { read } from "./api.ts";
import { e2eImage } from "./images.ts";
import { patchOperator } from "./operator.ts";
import { kubectl } from "./program.ts";

export type ApiProxy = {
  /** Resets all connections through it. */
  cut(): Promise<void>;
  /** Lets nothing pass over the connections that are open, without telling. */
  silence(): Promise<void>;
};

const name = "api-proxy";

/**
 * Puts a TCP proxy between the operator in this namespace and the Kubernetes API. The operator is restarted for it; it
 * checks the API server's certificate as before, by the name that the proxy takes over in its /etc/hosts.
 */
export async function putApiProxy(namespace: string): Promise<ApiProxy> {
  const script = await readFile(new URL("./api-proxy/proxy.ts", import.meta.url), "utf8");
  const objects = [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { "proxy.ts": script } },
    proxyPod(),
  ];
  await kubectl(["-n", namespace, "apply", "-f", "-"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  });
  await kubectl(["-n", namespace, "wait", `pod/${name}`, "--for=condition=Ready", "--timeout=60s"], {
    timeoutMs: 70_000,
  });
  const ip = (await read("Pod", namespace, name))?.status.podIP as string;
  await patchOperator(namespace, {
    hostAliases: [{ ip, hostnames: ["kubernetes.default.svc"] }],
    container: {
      env: [
        { name: "KUBERNETES_SERVICE_HOST", value: "kubernetes.default.svc" },
        { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
      ],
    },
  });
  const signal = async (word: string) => {
    await kubectl(["-n", namespace, "exec", name, "--", "node", "-e", `process.kill(1, "${word}")`]);
  };
  return { cut: () => signal("SIGUSR2"), silence: () => signal("SIGHUP") };
}

function proxyPod(): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name,
          image: e2eImage,
          imagePullPolicy: "IfNotPresent",
          command: ["node", "/script/proxy.ts"],
          readinessProbe: { tcpSocket: { port: 6443 }, periodSeconds: 1 },
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "script", mountPath: "/script" }],
        },
      ],
      volumes: [{ name: "script", configMap: { name } }],
    },
  };
}

/** An S3 server in a pod of a test's namespace, with a certificate of its own. */
import { selfSigned } from "../../../src/testing/fcm/certificate.ts";
import { e2eImage } from "./images.ts";
import { kubectl } from "./program.ts";
import { podsReady } from "./release.ts";

/** The credentials that it takes. */
export const credentials = { "access-key-id": "S3RVER", "secret-access-key": "S3RVER" };

/** `spec.postgres.backup.repository` for it: with the Secrets that startS3 makes. */
export const repository = {
  s3: {
    bucket: "backups",
    endpoint: "s3:9000",
    secretRef: { name: "storage" },
    ca: { secretRef: { name: "storage-tls", key: "tls.crt" } },
  },
  encryption: { secretRef: { name: "phrase" } },
};

/** Starts it and makes the Secrets for it; resolves when it is ready. Its objects live as long as its pod. */
export async function startS3(namespace: string): Promise<void> {
  const { cert, key } = selfSigned(["s3"]);
  const objects = [
    secret("storage-tls", { "tls.crt": cert, "tls.key": key }),
    secret("storage", credentials),
    secret("phrase", { passphrase: "a phrase that only tests know" }),
    service,
    pod(),
  ];
  for (const object of objects)
    await kubectl(["-n", namespace, "apply", "-f", "-"], { input: JSON.stringify(object) });
  await podsReady(namespace, "s3", 1);
}

/** Has its network answer or not: by its Service, which is what clients know. */
export async function reachable(namespace: string, yes: boolean): Promise<void> {
  const selector = { ...labels, "nexus.chat/reachable": yes ? null : "no" };
  await kubectl(["-n", namespace, "patch", "service", "s3", "-p", JSON.stringify({ spec: { selector } })]);
}

export async function putCredentials(namespace: string, values: Record<string, string>): Promise<void> {
  await kubectl(["-n", namespace, "apply", "-f", "-"], { input: JSON.stringify(secret("storage", values)) });
}

const labels = { "app.kubernetes.io/instance": "chat", "app.kubernetes.io/component": "s3" };
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s3" },
  spec: { selector: labels, ports: [{ port: 9000 }] },
};

function secret(name: string, stringData: Record<string, string>): object {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
}

function pod(): object {
  const command = [
    "node",
    "src/testing/s3/main.ts",
    "/data",
    "/tls/tls.crt",
    "/tls/tls.key",
    "9000",
    "backups",
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "s3", labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        fsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      volumes: [
        { name: "data", emptyDir: {} },
        { name: "tls", secret: { secretName: "storage-tls" } },
      ],
      containers: [
        {
          name: "s3",
          image: e2eImage,
          imagePullPolicy: "IfNotPresent",
          command,
          readinessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 1 },
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "512Mi" } },
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "tls", mountPath: "/tls", readOnly: true },
          ],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
}

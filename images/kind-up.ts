/**
 * `npm run kind:up`: a chat cluster on this machine for a person with Docker: makes a kind cluster, builds the images,
 * loads them, installs the chart and prints the address. Run again, it brings the cluster up to the present sources.
 * `npm run kind:down` takes all of it away.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cluster = "nexus"; // the name in manifests/kind.yaml
const context = `kind-${cluster}`;
const address = "http://localhost:3000";
const minutes = 60_000;

const needed = {
  docker: "https://docs.docker.com/get-started/get-docker/",
  kind: "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
  kubectl: "https://kubernetes.io/docs/tasks/tools/",
  helm: "https://helm.sh/docs/intro/install/",
};

/** Makes the gateways reachable from outside of the cluster, by the port that manifests/kind.yaml maps. */
const nodePort = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "nexus-local", namespace: "nexus" },
  spec: {
    type: "NodePort",
    selector: {
      "app.kubernetes.io/name": "nexus",
      "app.kubernetes.io/instance": "nexus",
      "app.kubernetes.io/component": "gateway",
    },
    ports: [{ name: "http", port: 80, targetPort: "http", nodePort: 30000 }],
  },
};

function run(
  command: string,
  args: readonly string[],
  options: { input?: string; limit?: number } = {},
): void {
  process.stdout.write(`\n$ ${command} ${args.join(" ")}\n`);
  execFileSync(command, args, {
    cwd: root,
    stdio: [options.input === undefined ? "ignore" : "pipe", "inherit", "inherit"],
    timeout: options.limit ?? 10 * minutes,
    ...(options.input !== undefined && { input: options.input }),
  });
}

function checkPrograms(): void {
  const missing = Object.entries(needed)
    .filter(([program]) => spawnSync(program, ["--help"], { stdio: "ignore", timeout: 20_000 }).status !== 0)
    .map(([program, where]) => `  ${program}: ${where}`);
  if (missing.length > 0) throw new Error(`Not found on this machine:\n${missing.join("\n")}`);
}

/** Names an image by its contents and loads it, so that what is equal is not rolled and what is not is. Returns the tag. */
function load(repository: string): string {
  const format = ["image", "inspect", "--format", "{{.Id}}", `${repository}:dev`];
  const id = execFileSync("docker", format, { encoding: "utf8", timeout: minutes }).trim();
  const tag = `dev-${id.replace("sha256:", "").slice(0, 12)}`;
  run("docker", ["tag", `${repository}:dev`, `${repository}:${tag}`]);
  run("kind", ["load", "docker-image", "--name", cluster, `${repository}:${tag}`]);
  return tag;
}

function clusterIsThere(): boolean {
  const clusters = execFileSync("kind", ["get", "clusters"], { encoding: "utf8", timeout: minutes });
  return clusters.split("\n").includes(cluster);
}

function up(): void {
  checkPrograms();
  if (!clusterIsThere())
    run("kind", ["create", "cluster", "--config", "manifests/kind.yaml", "--wait", "3m"]);
  run(process.execPath, ["images/build.ts", "runtime", "data", "--engine", "docker"], {
    limit: 60 * minutes,
  });
  const kubectl = ["--context", context, "-n", "nexus"];
  const release = ["nexus", "charts/nexus", "--kube-context", context, "-n", "nexus", "--create-namespace"];
  const values = [
    ...["image.repository=localhost/nexus", `image.tag=${load("localhost/nexus")}`],
    ...["dataImage.repository=localhost/nexus-data", `dataImage.tag=${load("localhost/nexus-data")}`],
    "cluster.spec.postgres.storage.size=1Gi",
  ];
  run("helm", ["upgrade", "--install", ...release, ...values.flatMap((value) => ["--set-string", value])]);
  run("kubectl", [...kubectl, "apply", "-f", "-"], { input: JSON.stringify(nodePort) });
  run("kubectl", [...kubectl, "wait", "chatcluster/nexus", "--for=condition=Ready", "--timeout=5m"]);
  run("helm", ["test", "nexus", "--kube-context", context, "-n", "nexus", "--logs"]);
  process.stdout.write(`
The chat cluster is at ${address} (REST interface: ${address}/docs).

  kubectl --context ${context} -n nexus get chatcluster,pods
  npm run kind:down       takes it away, with all messages
`);
}

function down(): void {
  checkPrograms();
  run("kind", ["delete", "cluster", "--name", cluster]);
}

try {
  if (process.argv[2] === "down") down();
  else up();
} catch (error) {
  const { message, status } = error as Error & { status?: number };
  process.stderr.write(`${status === undefined ? message : `\nThat failed: ${message}`}\n`);
  process.exitCode = 1;
}

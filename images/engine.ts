import { spawn, spawnSync } from "node:child_process";

export interface BuildOptions {
  /** A target of the Dockerfile. */
  readonly target: string;
  readonly image: string;
  /** Seconds since 1970: what files and the image are dated, so that equal contents are equal images. */
  readonly epoch: number;
  /** ARGs of the Dockerfile. */
  readonly args: Readonly<Record<string, string>>;
  /** A file with the settings of npm for this build; it is not in the image. */
  readonly npmrc?: string;
}

/** A program that builds images. */
export interface Engine {
  readonly name: "docker" | "podman" | "buildah";
  /** Builds from the Dockerfile in `directory`, with its output shown. Rejects when that fails. */
  build(directory: string, options: BuildOptions): Promise<void>;
  /** The size of an image that was built, for a person to read. */
  size(image: string): string;
}

/**
 * The first of docker, podman and buildah that works here, or the one named. A docker without its daemon does not
 * count. @throws an Error that says what to install when there is none.
 */
export function findEngine(wanted?: string): Engine {
  for (const engine of engines)
    if ((wanted ?? engine.name) === engine.name && answers(engine.name)) return engine;
  throw new Error(
    wanted === undefined
      ? "Building images takes docker (with its daemon running), podman or buildah: install one of them"
      : `${wanted} does not answer here: install or start it, or leave --engine out`,
  );
}

// buildah's usual storage and isolation need more than many containers and sandboxes allow; these work everywhere.
const buildahStorage = ["--storage-driver", process.env.STORAGE_DRIVER ?? "vfs"];
const buildahIsolation = ["--isolation", process.env.BUILDAH_ISOLATION ?? "chroot"];

const engines: readonly Engine[] = [
  {
    name: "docker",
    build: (directory, options) =>
      run("docker", ["build", ...common(options), ...epochArgument(options), directory], {
        SOURCE_DATE_EPOCH: String(options.epoch),
        DOCKER_BUILDKIT: "1",
      }),
    size: (image) =>
      megabytes(Number(ask("docker", ["image", "inspect", "--format", "{{.Size}}", image]).trim())),
  },
  {
    name: "podman",
    build: (directory, options) =>
      run("podman", ["build", "--timestamp", String(options.epoch), ...common(options), directory]),
    size: (image) =>
      megabytes(Number(ask("podman", ["image", "inspect", "--format", "{{.Size}}", image]).trim())),
  },
  {
    name: "buildah",
    build: (directory, options) =>
      run("buildah", [
        ...buildahStorage,
        "bud",
        ...buildahIsolation,
        ...["--timestamp", String(options.epoch)],
        ...common(options),
        directory,
      ]),
    size: (image) => ask("buildah", [...buildahStorage, "images", "--format", "{{.Size}}", image]).trim(),
  },
];

function common({ target, image, args, npmrc }: BuildOptions): string[] {
  return [
    ...["--target", target, "--tag", image],
    ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(npmrc === undefined ? [] : ["--secret", `id=npmrc,src=${npmrc}`]),
  ];
}

function epochArgument({ epoch }: BuildOptions): string[] {
  return ["--build-arg", `SOURCE_DATE_EPOCH=${epoch}`];
}

function answers(name: Engine["name"]): boolean {
  const probe = {
    docker: ["version", "--format", "{{.Server.Version}}"],
    podman: ["info"],
    buildah: ["--version"],
  };
  return spawnSync(name, probe[name], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: "inherit",
      env: { ...process.env, ...env },
      timeout: 30 * 60_000,
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code ?? "a signal"}; see above`)),
    );
  });
}

function ask(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

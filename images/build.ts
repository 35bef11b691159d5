/**
 * `npm run images`: builds the images of the Dockerfile with docker, podman or buildah, whichever is there.
 * `npm run images -- --help` says how.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findEngine } from "./engine.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * The targets of the Dockerfile and the name of what each makes, in the order in which they are built: e2e stands on
 * runtime, and buildah deletes what a build made on its way, which is the equal image runtime if that is there already.
 */
const names: Readonly<Record<string, string>> = { e2e: "nexus-e2e", runtime: "nexus", data: "nexus-data" };

const usage = `npm run images [-- TARGET… --tag TAG --registry REGISTRY --engine ENGINE --node IMAGE --debian IMAGE]

  TARGET       ${Object.keys(names).join(", ")}; all unless told
  --tag        of the images; dev unless told
  --registry   what stands before their names; localhost unless told
  --engine     docker, podman or buildah; the first that works unless told
  --node       what the runtime is built on, for instance docker.io/library/node:24-trixie-slim@sha256:…
  --debian     what the data image is built on

One commit makes equal images, as far as their bases and Debian's packages are equal.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tag: { type: "string", default: "dev" },
    registry: { type: "string", default: "localhost" },
    engine: { type: "string" },
    node: { type: "string" },
    debian: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** Of the last commit: a build of the same sources carries the same time. */
function lastCommit(): { epoch: number; revision: string } {
  try {
    const [time = "", revision = "unknown"] = execFileSync("git", ["log", "-1", "--format=%ct %H"], {
      cwd: root,
      encoding: "utf8",
    })
      .trim()
      .split(" ");
    return { epoch: Number(time), revision };
  } catch {
    return { epoch: 0, revision: "unknown" }; // an archive of the sources, without git
  }
}

async function main(): Promise<void> {
  const unknown = positionals.filter((target) => !(target in names));
  if (unknown.length > 0)
    throw new Error(`No such target: ${unknown.join(", ")}. There are: ${Object.keys(names).join(", ")}`);
  const targets = Object.keys(names).filter((name) => positionals.length === 0 || positionals.includes(name));
  const engine = findEngine(values.engine);
  const { epoch, revision } = lastCommit();
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const npmrc = process.env.NPM_CONFIG_USERCONFIG ?? join(homedir(), ".npmrc");
  const built: string[] = [];
  for (const target of targets) {
    const image = `${values.registry}/${names[target]}:${values.tag}`;
    const began = performance.now();
    await engine.build(root, {
      target,
      image,
      epoch: Number(process.env.SOURCE_DATE_EPOCH ?? epoch),
      args: {
        VERSION: version,
        REVISION: revision,
        ...(values.node && { NODE_IMAGE: values.node }),
        ...(values.debian && { DEBIAN_IMAGE: values.debian }),
      },
      ...(existsSync(npmrc) && { npmrc }),
    });
    const seconds = Math.round((performance.now() - began) / 1000);
    built.push(`${image.padEnd(32)} ${engine.size(image).padStart(8)}  ${seconds} s, by ${engine.name}`);
  }
  process.stdout.write(`\n${built.join("\n")}\n`);
}

if (values.help) process.stdout.write(usage);
else
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }

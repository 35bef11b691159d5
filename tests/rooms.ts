/**
 * Which room of the source may import which, decided on the text of the files alone. Imports point one way:
 * protocol ← config, telemetry ← store, bus, push ← messaging ← gateway, worker, and within the operator
 * api ← topologies ← plan ← controller ← main, with kube, which knows nothing of chat, beside them.
 */
import { posix } from "node:path";

const base = ["protocol", "config", "telemetry", "mending"];
const domain = [...base, "store", "bus", "push", "identity", "messaging", "attachments", "previews"];
const anything = "anything";

/** What each room may import besides itself. A room that is not here may not exist. */
export const allowedEdges: Readonly<Record<string, readonly string[] | typeof anything>> = {
  protocol: [],
  mending: [],
  config: ["protocol"],
  telemetry: ["protocol"],
  store: base,
  bus: base,
  push: base,
  identity: [...base, "store"],
  messaging: [...base, "store", "bus"],
  attachments: [...base, "store"],
  previews: base,
  gateway: domain,
  worker: domain,
  engines: ["protocol", "config"],
  dev: [...domain, "engines"],
  chat: ["protocol"],
  smoke: ["protocol", "chat"],
  web: ["protocol"],
  testing: anything,
  "operator/kube": ["telemetry"],
  "operator/api": ["config", "protocol"],
  "operator/setup": ["operator/kube", "operator/api"],
  // push: what a service account must hold, and what Firebase may say of it, is said once.
  "operator/topologies": ["config", "push", "operator/api"],
  "operator/plan": ["operator/api", "operator/topologies"],
  "operator/controller": [
    "telemetry",
    "push",
    "operator/kube",
    "operator/api",
    "operator/topologies",
    "operator/plan",
  ],
  operator: [...base, "operator/kube", "operator/api", "operator/controller"],
};

// Programs, not libraries: only a main.ts may reach into them from outside.
const programs = new Set(["gateway", "worker", "operator"]);

// config is where settings are read. A main.ts for people at a terminal looks at its own surroundings, and
// `migrate` must run where DATABASE_URL is all there is.
const mayReadEnvironment =
  /^(src\/(config\/|(dev|testing|chat|smoke)\/(.*\/)?main\.ts$|store\/main\.ts$)|operator\/(config|setup\/main)\.ts$)/;

const testFile = /\.test\.ts$/;
const importPattern =
  /(?:^|[\s;}])(?:import|export)\s[^"';]*?\bfrom\s*["']([^"'\n]+)["']|\bimport\s*["']([^"'\n]+)["']|\bimport\s*\(\s*["']([^"'\n]+)["']/g;

/** The relative imports of one file, as paths from the repository's root; types count as well. */
export function localImports(path: string, text: string): string[] {
  const found: string[] = [];
  for (const match of withoutComments(text).matchAll(importPattern)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    if (specifier.startsWith(".")) found.push(posix.join(posix.dirname(path), specifier));
  }
  return found;
}

/** All that is wrong with `files` (path from the repository's root → text), each as one sentence. */
export function roomViolations(files: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  for (const [path, text] of files) {
    // Tests stand outside of the rooms: they may use the test platform, and whatever they examine.
    if (testFile.test(path)) continue;
    const room = roomOf(path);
    const allowed = room === undefined ? undefined : allowedEdges[room];
    if (room === undefined || allowed === undefined) {
      problems.push(`${path} is in no known room: add "${room ?? path}" to tests/rooms.ts or move it`);
      continue;
    }
    for (const target of localImports(path, text)) {
      const problem = judge(path, room, allowed, target);
      if (problem) problems.push(problem);
    }
    if (/\bprocess\.env\b/.test(withoutComments(text)) && !mayReadEnvironment.test(path)) {
      problems.push(`${path} reads process.env: settings are read in src/config and operator/config.ts only`);
    }
  }
  return problems;
}

function judge(
  path: string,
  room: string,
  allowed: readonly string[] | typeof anything,
  target: string,
): string | undefined {
  const to = roomOf(target);
  if (to === room || allowed === anything) return undefined;
  if (to === undefined) return `${path} imports ${target}, which is outside of src and operator`;
  if (programs.has(to) && posix.basename(path) === "main.ts" && room === "dev") return undefined;
  if (programs.has(to)) return `${path} imports ${target}: only a main.ts of dev may import a program`;
  return allowed.includes(to) ? undefined : `${path} imports ${target}: ${room} may not import ${to}`;
}

/** Every circle of imports between files, each once, as "a → b → a". */
export function importCycles(files: ReadonlyMap<string, string>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): void {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push([...path.slice(at), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of localImports(file, files.get(file) ?? "")) if (files.has(target)) visit(target);
    path.pop();
    done.add(file);
  }
  for (const file of files.keys()) visit(file);
  return cycles;
}

/** `src/store/users.ts` is in `store`, `operator/kube/queue.ts` in `operator/kube`, `operator/main.ts` in `operator`. */
function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? /^(operator(?:\/[^/]+(?=\/))?)\//.exec(path)?.[1];
}

/** The text with comments blanked out; strings that hold comment signs stay whole. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|(^|[^:`])\/\/[^\n]*/g,
    "$1$2",
  );
}

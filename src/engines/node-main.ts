import { fileURLToPath } from "node:url";
import { nodeFlags } from "../config/node-flags.ts";
import { type Child, startChild } from "./child-process.ts";

/** A `main.ts` to run as a process of its own. */
export interface NodeMainOptions {
  name: string;
  /** The file's path, absolute or relative to the repository. */
  main: string;
  args?: readonly string[];
  /** The whole environment of the process. */
  env: Readonly<Record<string, string | undefined>>;
  onLine?: (line: string) => void;
}

const repository = fileURLToPath(new URL("../../", import.meta.url));
const exitWithParent = fileURLToPath(new URL("./exit-with-parent.ts", import.meta.url));

/** Starts `node <main>` with the Node that runs us and the servers' flags, so that it ends when this process does, by whatever means. */
export function startNodeMain(options: NodeMainOptions): Child {
  return startChild({
    name: options.name,
    command: process.execPath,
    args: [...nodeFlags, "--import", exitWithParent, options.main, ...(options.args ?? [])],
    cwd: repository,
    env: options.env,
    ipc: true,
    ...(options.onLine && { onLine: options.onLine }),
  });
}

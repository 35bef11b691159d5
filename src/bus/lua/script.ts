import { readFileSync } from "node:fs";
import type { RedisClient } from "../redis.ts";

/** Runs a script. Keys must share a hash tag, so that a Redis Cluster finds them on one node. */
export type Script = (
  redis: RedisClient,
  keys: readonly string[],
  args?: readonly (string | number)[],
) => Promise<unknown>;

/**
 * A Lua script of this folder. Sent once to each connection and by its digest from then on; calls of one
 * turn of the event loop go out as one pipeline. What it expects and answers stands at the head of its file.
 */
export function luaScript(file: `${string}.lua`): Script {
  const lua = readFileSync(new URL(file, import.meta.url), "utf8");
  const name = `nexus/${file}`;
  return (redis, keys, args = []) => {
    const commands = redis as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
    // One command for each number of keys: then the first argument is a key, by which ioredis finds the node.
    const command = `${name}/${keys.length}`;
    if (!commands[command]) redis.defineCommand(command, { lua, numberOfKeys: keys.length });
    const run = commands[command];
    if (!run) throw new Error(`ioredis did not define ${command}`);
    return run.call(redis, ...keys, ...args);
  };
}

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
    if (!commands[command]) define(redis, command, { lua, numberOfKeys: keys.length });
    const run = commands[command];
    if (!run) throw new Error(`ioredis did not define ${command}`);
    return run.call(redis, ...keys, ...args);
  };
}

/** What ioredis 6 has of scripts and of the pipelines in which the calls of this turn wait. */
interface WithScripts {
  scriptsSet: Record<string, { sha: string }>;
  _autoPipelines: Map<unknown, Record<string, unknown> & { _shaToScript: Record<string, { sha: string }> }>;
}

/**
 * Defines a command, on pipelines that wait as well: they know what was defined when they were made. With another one
 * they throw, and then their answers are one short, which ends the process.
 */
function define(redis: RedisClient, command: string, script: { lua: string; numberOfKeys: number }): void {
  redis.defineCommand(command, script);
  const client = redis as unknown as WithScripts & Record<string, unknown>;
  const defined = client.scriptsSet[command];
  if (!defined) throw new Error(`ioredis did not define ${command}`);
  for (const waiting of client._autoPipelines.values()) {
    waiting[command] = client[command];
    waiting._shaToScript[defined.sha] = defined;
  }
}

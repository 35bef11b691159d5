/** A real valkey-server or redis-server: sentinels and clusters are not in the WebAssembly build. */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const places = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"];
const names = ["valkey-server", "redis-server"];

/** What to do where there is none. */
export const redisHint = "install one: apt-get install valkey-server, or redis-server (7 or newer)";

/** The path of a server that is installed here; undefined when there is none. */
export async function findRedisServer(): Promise<string | undefined> {
  for (const place of places)
    for (const name of names) {
      const path = `${place}/${name}`;
      const found = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return path;
    }
  return undefined;
}

/** The same; as root on a Debian it is installed first when it is missing. For tests: undefined means to skip them. */
export async function ensureRedisServer(): Promise<string | undefined> {
  const found = await findRedisServer();
  if (found !== undefined || process.getuid?.() !== 0) return found;
  for (const name of names)
    await run("apt-get", ["install", "-y", "--no-install-recommends", name], {
      timeout: 120_000,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    }).catch(() => {});
  return findRedisServer();
}

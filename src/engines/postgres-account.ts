/**
 * Postgres refuses to run as root, and root is who runs things in many containers. Then it runs under another
 * account: whoever owns the data already, else the system's `postgres`, else `nobody`; no account is created.
 */
import { execFile } from "node:child_process";
import { access, constants, readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const setpriv = "/usr/bin/setpriv";
const dataFile = "PG_VERSION";

/** An account other than root. */
export interface Account {
  uid: number;
  gid: number;
}

/** How to call a program of Postgres: as it is, under an account, or through setpriv. */
export interface Invocation {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/** The account Postgres has to run under, or undefined when this process is not root and can run it itself. */
export async function chooseAccount(dataDir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(`${dataDir}/${dataFile}`).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = new Map<string, Account>();
  for (const line of (await readFile("/etc/passwd", "utf8")).split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name) accounts.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  const account = accounts.get("postgres") ?? accounts.get("nobody");
  if (!account) {
    throw new Error(
      "Postgres does not run as root, and there is neither a user postgres nor a user nobody to run it as. " +
        "Run this as an ordinary user, or set DATABASE_URL to a Postgres of your own.",
    );
  }
  return account;
}

/**
 * How to run `program` under `account` (undefined: as ourselves). An account that cannot reach the program or
 * the data, as in a checkout under /root (mode 0700), is given the one capability to pass through directories.
 */
export async function invocation(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  mustReach: readonly string[],
): Promise<Invocation> {
  if (!account) return { command: program, args: [...args] };
  if (await canReach(account, [program, ...mustReach]))
    return { command: program, args: [...args], ...account };
  await access(setpriv, constants.X_OK).catch(() => {
    throw new Error(
      `User ${account.uid} (Postgres does not run as root) cannot reach ${program} or ${mustReach.join(", ")}. ` +
        "Move the checkout to a place that every user may read, or run this as an ordinary user.",
    );
  });
  const options = {
    reuid: String(account.uid),
    regid: String(account.gid),
    "inh-caps": "+dac_read_search",
    "ambient-caps": "+dac_read_search",
    // Without this bit access(2), by which Postgres examines its own programs, disregards the capability.
    securebits: "+no_setuid_fixup",
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return { command: setpriv, args: ["--clear-groups", ...flags, program, ...args] };
}

async function canReach(account: Account, paths: readonly string[]): Promise<boolean> {
  const script = 'for path; do [ -x "$path" ] || exit 1; done';
  return await run("/bin/sh", ["-c", script, "sh", ...paths], { ...account, cwd: "/", timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

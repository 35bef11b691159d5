import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describeExit, startChild } from "./child-process.ts";
import { type Account, invocation } from "./postgres-account.ts";
import type { PostgresInstall } from "./postgres-install.ts";

/** The superuser of an embedded Postgres, and the database made for it. */
export const superuser = "nexus";

const initdbTimeoutMs = 60_000;

/**
 * Makes sure that `dataDir` holds a database cluster of this major version and returns the superuser's password,
 * kept beside it in `<dataDir>.password` (mode 0600). Data that is there is left as it is. A creation that was
 * interrupted leaves nothing behind that the next one trips over.
 */
export async function prepareData(
  install: PostgresInstall,
  dataDir: string,
  account: Account | undefined,
  temporary: boolean,
): Promise<string> {
  const passwordFile = `${dataDir}.password`;
  const version = await readFile(`${dataDir}/PG_VERSION`, "utf8").catch(() => undefined);
  if (version !== undefined) {
    if (Number(version) !== install.major) {
      throw new Error(
        `${dataDir} holds data of Postgres ${version.trim()}, and this is Postgres ${install.major}. ` +
          "Dump it with the old version and load it into the new one, or move the directory away to start anew.",
      );
    }
    const kept = await readFile(passwordFile, "utf8").catch(() => {
      throw new Error(
        `${passwordFile} is missing, which the data in ${dataDir} is opened with. Put it back.`,
      );
    });
    return kept.trim();
  }

  await mkdir(dirname(dataDir), { recursive: true });
  const password = randomBytes(18).toString("base64url");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);

  // Under another name first: what has the right name is complete.
  const fresh = `${dataDir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  await chmod(fresh, 0o700);
  if (account) await chown(fresh, account.uid, account.gid);
  const args = [
    ...["--pgdata", fresh, "--username", superuser, "--pwfile", passwordFile],
    ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"],
    ...(temporary ? ["--no-sync"] : []), // a second less for every test; the server itself syncs all the same
    // The same order and case rules on every machine, whatever locales it has.
    ...(install.major >= 17
      ? ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
      : ["--locale", "C.UTF-8"]),
  ];
  const call = await invocation(install.initdb, args, account, [fresh]);
  const initdb = startChild({ name: "initdb", env: { LC_ALL: "C", PATH: "/usr/bin:/bin" }, ...call });
  const timer = setTimeout(() => initdb.signal("SIGKILL"), initdbTimeoutMs);
  const exit = await initdb.exited;
  clearTimeout(timer);
  if (exit.code !== 0) {
    throw new Error(`initdb could not create ${dataDir} (${describeExit(exit)}):\n${initdb.tail()}`);
  }
  await rename(fresh, dataDir);
  return password;
}

import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/settings.ts";
import { connectPostgres, type Sql } from "../store/client.ts";
import { createIdentity, type Identity } from "./identity.ts";
import type { LoginLimits } from "./limiter.ts";
import type { LocalAccounts } from "./session.ts";

const unlimited = { consume: async () => {}, giveBack: async () => {} };
export const unlimitedLogins: LoginLimits = { email: unlimited, address: unlimited };

export interface TestIdentity extends AsyncDisposable {
  sql: Sql;
  config: Config;
  identity: Identity;
  accounts: LocalAccounts;
}

/** Identity over a test's database, with cheap passwords; `settings` as in the environment. */
export function testIdentity(
  databaseUrl: string,
  settings: Record<string, string> = {},
  limits = unlimitedLogins,
): TestIdentity {
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    JWT_SECRET: "a secret of at least thirty-two characters",
    PASSWORD_SCRYPT_COST: "1024",
    ...settings,
  });
  const sql = connectPostgres(databaseUrl, { name: "test", pool: 10, statementTimeout: 10_000 });
  const identity = createIdentity({ sql, config, limits });
  return {
    sql,
    config,
    identity,
    accounts: identity.accounts as LocalAccounts,
    [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }),
  };
}

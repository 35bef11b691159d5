import type * as z from "zod";
import { type Config, type SettingName, settings } from "./settings.ts";

/** All that is wrong with the environment, in one message that names each setting. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads and checks the settings once, as a whole.
 * @throws ConfigError that lists every wrong setting with what it should be; never a secret's value.
 */
export function loadConfig(env: Record<string, string | undefined> = process.env): Config {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const setting: { schema: z.ZodType; default?: string; description: string } = settings[name];
    const raw = env[name] === "" ? undefined : env[name];
    const result = setting.schema.safeParse(raw ?? setting.default);
    if (result.success) config[name] = result.data;
    else if (raw === undefined) problems.push(`${name} is required: ${setting.description}`);
    else problems.push(`${name}: ${result.error.issues.map((issue) => issue.message).join("; ")}`);
  }
  problems.push(...crossChecks(config as Config));
  if (problems.length > 0)
    throw new ConfigError(`The configuration is not valid:\n  ${problems.join("\n  ")}`);
  return config as Config;
}

function crossChecks(config: Config): string[] {
  const problems: string[] = [];
  if (!config.JWT_SECRET && !config.JWT_JWKS_URL)
    problems.push(
      "JWT_SECRET or JWT_JWKS_URL is required: without one nobody can sign in (openssl rand -hex 32 makes a secret)",
    );
  if (config.JWT_JWKS_URL && !(config.JWT_ISSUER && config.JWT_AUDIENCE))
    problems.push(
      "JWT_ISSUER and JWT_AUDIENCE are required with JWT_JWKS_URL: else a token for another service would be accepted",
    );
  const redis = [config.REDIS_URL, config.REDIS_SENTINELS, config.REDIS_CLUSTER_NODES].filter(
    (v) => v !== undefined,
  );
  if (redis.length > 1) problems.push("give one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES");
  if (config.ATTACHMENTS_S3_URL && config.ATTACHMENTS_PATH)
    problems.push("give one of ATTACHMENTS_PATH and ATTACHMENTS_S3_URL");
  if (
    config.ATTACHMENTS_S3_URL &&
    !(config.ATTACHMENTS_S3_ACCESS_KEY_ID && config.ATTACHMENTS_S3_SECRET_ACCESS_KEY)
  )
    problems.push(
      "ATTACHMENTS_S3_ACCESS_KEY_ID and ATTACHMENTS_S3_SECRET_ACCESS_KEY are required with ATTACHMENTS_S3_URL",
    );
  return problems;
}

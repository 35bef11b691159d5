import { type Logger, pino } from "pino";

export type { Logger } from "pino";

/**
 * The process's logger: JSON lines on stdout. Passwords and tokens are removed wherever they stand,
 * as a second line of defence; the first is never to log a request's body or headers at all.
 */
export function createLogger(options: { level: string; name: string; instance?: string }): Logger {
  return pino({
    level: options.level,
    base: { service: options.name, ...(options.instance && { instance: options.instance }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretPaths, censor: "[secret]" },
  });
}

const secretNames = [
  "password",
  "token",
  "accessToken",
  "refreshToken",
  "authorization",
  "content",
  "deviceToken",
];
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

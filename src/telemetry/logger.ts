import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger } from "pino";

/**
 * The process's logger: JSON lines on stdout. Passwords and tokens are removed wherever they stand,
 * as a second line of defence; the first is never to log a request's body or headers at all.
 */
export function createLogger(options: { level: string; name: string; instance?: string }): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.name, ...(options.instance && { instance: options.instance }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor: "[secret]" },
    },
    standardOutput(),
  );
}

/**
 * Standard output, given up for good once its reader is gone: that is no reason to end. Written at once, so that an
 * error is known before the next line: pino's flush of lines that wait tries for ever on a broken pipe (sonic-boom
 * 4.2.1), and pino minds EPIPE alone, where a socket answers ECONNRESET first.
 */
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true });
  output.on("error", () =>
    Object.assign(output, { write: () => false, flushSync() {}, end() {}, destroy() {} }),
  );
  return output;
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

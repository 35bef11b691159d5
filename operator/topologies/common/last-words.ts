/** What a container said before it ended, for people: our programs log JSON, engines and errors plain text. */
import { oneLine } from "./problem.ts";

interface LogLine {
  msg?: unknown;
  err?: { message?: unknown };
  level?: unknown;
}

/** The telling end of a termination message; empty when there is none. At most 400 characters. */
export function lastWords(message: string | undefined): string {
  const lines = (message ?? "").split("\n").filter((line) => line.trim() !== "");
  const plain: string[] = [];
  for (const line of lines.reverse()) {
    const log = asLog(line);
    if (log === undefined) plain.unshift(line.trim());
    else if (plain.length > 0)
      break; // plain text after the last log line tells more than that line
    else if (isError(log)) return oneLine(sentence(log));
  }
  return tail(plain);
}

function asLog(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined; // the kubelet cuts the message off at its beginning
  }
}

function isError({ level }: LogLine): boolean {
  return typeof level === "number" ? level >= 50 : level === "error" || level === "fatal";
}

function sentence({ msg, err }: LogLine): string {
  const cause = typeof err?.message === "string" ? err.message : undefined;
  return [msg, cause === msg ? undefined : cause].filter((part) => typeof part === "string").join(": ");
}

/** As many of the last lines as fit. */
function tail(lines: readonly string[]): string {
  let text = "";
  for (const line of [...lines].reverse()) {
    const longer = text === "" ? line : `${line} ${text}`;
    if (longer.length > 400) break;
    text = longer;
  }
  return text === "" ? oneLine(lines.at(-1) ?? "") : oneLine(text);
}

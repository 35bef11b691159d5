const shownLevels: Readonly<Record<string, string>> = { warn: "WARN ", error: "ERROR", fatal: "FATAL" };
const hidden = new Set(["level", "time", "service", "instance", "msg", "pid", "hostname"]);
const longest = 400;

/** A line of pino's JSON as a person wants to read it: time, level if it matters, message, fields. */
export function readableLogLine(line: string): string {
  const entry = parse(line);
  if (!entry) return line;
  const time = typeof entry.time === "string" ? entry.time.slice(11, 19) : "";
  const level = shownLevels[String(entry.level)] ?? "";
  const fields = Object.entries(entry).filter(([name]) => !hidden.has(name));
  const parts = [
    time,
    level,
    String(entry.msg ?? ""),
    ...fields.map(([name, value]) => `${name}=${show(value)}`),
  ];
  const text = parts.filter((part) => part !== "").join(" ");
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  if (typeof value === "string") return /\s/.test(value) ? JSON.stringify(value) : value;
  // An error as pino writes it: its message says enough here, the stack is in the log itself.
  if (value && typeof value === "object" && "message" in value) return JSON.stringify(value.message);
  return JSON.stringify(value);
}

/** Whether a line of Postgres's own log is worth a developer's attention. */
export function isPostgresTrouble(line: string): boolean {
  return /\b(WARNING|FATAL|PANIC):/.test(line);
}

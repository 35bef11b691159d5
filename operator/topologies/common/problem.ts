/** Something that keeps a part from being ready: a reason for programs and a message for people. */
export interface Problem {
  /** CamelCase, for programs. */
  reason: string;
  /** What is wrong and what to do next. */
  message: string;
  /** It is on its way and needs nobody: no warning. */
  progress?: true;
}

/** A part's state: fine, or what is wrong. */
export interface Health {
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** Not fine yet, but on its way. */
  progress?: true;
}

export function healthy(reason: string, message: string): Health {
  return { status: "True", reason, message };
}

export function unhealthy(problem: Problem): Health {
  return { status: "False", ...problem };
}

export function waiting(reason: string, message: string): Health {
  return { status: "False", reason, message, progress: true };
}

/** `text` with line breaks folded and a limit on its length: conditions and events are read in one line. */
export function oneLine(text: string, limit = 400): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

import { toast } from "../overlay/overlay-store.ts";

/** What went wrong, to be shown: a sentence, and the field at fault if one is. */
export interface Failure {
  text: string;
  field: string | null;
  code: string | null;
}

const sentences: Readonly<Record<string, string>> = {
  UNREACHABLE: "The server cannot be reached. Check your connection and try again.",
  UNAVAILABLE: "The server is busy for the moment. Try again shortly.",
  RATE_LIMIT_EXCEEDED: "That was too often. Wait a little and try again.",
  INTERNAL: "Something went wrong on the server. Try again.",
};

/** The engine's ApiError as people read it. */
export function failureOf(error: unknown): Failure {
  const {
    code = null,
    field = null,
    message = "",
  } = error as { code?: string; field?: string; message?: string };
  const text = (code !== null && sentences[code]) || sentence(message) || "That did not work. Try again.";
  return { text, field, code };
}

/** Runs it and says in a toast why it failed, unless it was called off; resolves with whether it succeeded. */
export async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code !== "ABORTED") toast(failure.text, { tone: "error" });
    return false;
  }
}

function sentence(text: string): string {
  if (text === "") return "";
  return `${text[0]?.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

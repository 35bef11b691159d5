/** What a line that the user typed asks for. */
export type Command =
  | { readonly do: "send"; readonly text: string }
  | { readonly do: "open"; readonly name: string }
  | { readonly do: "list" | "who" | "help" | "quit" }
  | { readonly do: "history"; readonly count: number }
  | { readonly do: "edit"; readonly seq: number | undefined; readonly text: string }
  | { readonly do: "delete"; readonly seq: number | undefined }
  | {
      readonly do: "react";
      readonly seq: number | undefined;
      readonly emoji: string;
      readonly present: boolean;
    }
  | { readonly do: "nothing" }
  | { readonly do: "wrong"; readonly why: string };

export const HELP = `  /open <name>          talk to a person (name or e-mail) or in a group; /list shows what there is
  /history [n]          the last n messages (20)
  /edit [#] <text>      change your message #, or your last one
  /delete [#]           delete it for everybody
  /react [#] <emoji>    react to message #, or the last one; /unreact takes it back
  /who                  who is here, and who is online
  /list /help /quit     a line that begins with // is sent with one slash`;

const MOST_HISTORY = 100;

/** Reads one line. What cannot be understood comes back as `wrong` with what to do instead. */
export function readCommand(line: string): Command {
  if (line.trim() === "") return { do: "nothing" };
  if (line.startsWith("//")) return { do: "send", text: line.slice(1) };
  if (!line.startsWith("/")) return { do: "send", text: line };
  const [, name = "", rest = ""] = /^\/(\S*)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
  const { seq, text } = numbered(rest);
  switch (name) {
    case "open":
      return rest ? { do: "open", name: rest } : { do: "list" };
    case "list":
    case "who":
    case "help":
    case "quit":
      return { do: name };
    case "history":
      if (rest !== "" && (seq === undefined || seq < 1))
        return { do: "wrong", why: "/history takes a number" };
      return { do: "history", count: Math.min(MOST_HISTORY, seq ?? 20) };
    case "edit":
      return text
        ? { do: "edit", seq, text }
        : { do: "wrong", why: "say what it should be: /edit 12 new text" };
    case "delete":
      return text ? { do: "wrong", why: "/delete takes the number of a message" } : { do: "delete", seq };
    case "react":
    case "unreact":
      if (!text || /\s/.test(text)) return { do: "wrong", why: `one emoji, please: /${name} 12 👍` };
      return { do: "react", seq, emoji: text, present: name === "react" };
    default:
      return { do: "wrong", why: `there is no /${name}; /help shows what there is` };
  }
}

/** `12 text`, `#12 text`, `12` or `text`. */
function numbered(rest: string): { seq: number | undefined; text: string } {
  const [, digits, text = ""] = /^#?(\d{1,15})(?:\s+([\s\S]*))?$/.exec(rest) ?? [];
  return digits === undefined ? { seq: undefined, text: rest } : { seq: Number(digits), text };
}

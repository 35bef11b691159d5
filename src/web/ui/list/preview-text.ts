import type { Message } from "../shell/types.ts";

const kinds: readonly (readonly [prefix: string, words: string])[] = [
  ["image/", "Photo"],
  ["video/", "Video"],
  ["audio/", "Audio"],
];

/** A message in one line of plain text, for lists, quotes and announcements. */
export function previewText(message: Pick<Message, "content" | "deletedAt" | "attachments">): string {
  if (message.deletedAt) return "Message deleted";
  const text = plain(message.content);
  const [first] = message.attachments ?? [];
  if (!first) return text;
  const kind = kinds.find(([prefix]) => first.type?.startsWith(prefix))?.[1] ?? first.name;
  const more = message.attachments.length > 1 ? ` and ${message.attachments.length - 1} more` : "";
  return text === "" ? `${kind}${more}` : `${kind}${more}: ${text}`;
}

/** Without the signs of Markdown, on one line. */
export function plain(content: string): string {
  return content
    .slice(0, 400)
    .replace(/```\w*\n?/g, "")
    .replace(/(\*\*|~~|`)(?=\S)|(?<=\S)(\*\*|~~|`)/g, "")
    .replace(/^>\s?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}

import type { Row } from "./rows.ts";

const LINE = 21;
const CHARACTERS = 62;

/** About how high a row will be, in px, before it was drawn: the nearer, the steadier the scroll bar. */
export function estimateRow(row: Row | undefined): number {
  if (row === undefined) return 0;
  if (row.kind === "beginning") return 190;
  if (row.kind !== "message") return 40;
  const { message } = row.entry;
  let lines = 0;
  for (const line of message.content.slice(0, 4000).split("\n"))
    lines += Math.ceil((line.length + 8) / CHARACTERS);
  const pictures = message.attachments.some(({ type }) => type?.startsWith("image/")) ? 280 : 0;
  const files = pictures ? 0 : message.attachments.length * 62;
  const preview = message.metadata?.previews?.length ? 96 : 0;
  const quote = message.replyToId === null ? 0 : 48;
  const reactions = message.reactions.length > 0 ? 32 : 0;
  return 18 + lines * LINE + pictures + files + preview + quote + reactions + (row.last ? 8 : 0);
}

import { DELETED_CONTENT, type Message } from "../protocol/message.ts";
import { plainText } from "./plain-text.ts";

/** A message as one line (or more, indented): `#12 14:03 bob: hello (edited) 👍2`. */
export function messageLine(message: Message, name: string): string {
  return `#${message.seq} ${clock(message.timestamp)} ${name}: ${body(message)}`;
}

function body(message: Message): string {
  if (message.deletedAt) return DELETED_CONTENT;
  const reactions = message.reactions.map((r) => ` ${plainText(r.emoji, "")}${r.count > 1 ? r.count : ""}`);
  const text = message.isEncrypted ? "(encrypted)" : plainText(message.content);
  return `${text}${message.isEdited ? " (edited)" : ""}${reactions.join("")}`;
}

/** Hours and minutes here; with the date when that is another day. */
export function clock(timestamp: string, now = new Date()): string {
  const at = new Date(timestamp);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return at.toDateString() === now.toDateString() ? time : `${at.toISOString().slice(0, 10)} ${time}`;
}

import type { MessageMetadata } from "../protocol/message.ts";

/** What a text says by itself. */
export type WrittenMetadata = Pick<MessageMetadata, "mentions" | "hashtags" | "urls">;

const MAX_EACH = 50;
// A letter, digit or underscore before the sign (as in an e-mail address) makes it no mention or tag.
const mention = /(?<![\p{L}\p{N}_@])@([\p{L}\p{N}_][\p{L}\p{N}_.-]*)/gu;
const hashtag = /(?<![\p{L}\p{N}_#&])#([\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*)/gu;
const link = /\bhttps?:\/\/[^\s<>"'`]+/giu;

/**
 * The mentions, hashtags and links of a text, each once, in order; null when there is none (most
 * messages), so that nothing is stored.
 */
export function extractMetadata(content: string): WrittenMetadata | null {
  // One cheap look first: these patterns cost more than the rest of a send.
  if (!/[@#]|:\/\//.test(content)) return null;
  const urls = unique(content.matchAll(link), (match) => match[0].replace(/[.,;:!?)\]}]+$/, ""));
  const rest = content.replace(link, " ");
  const mentions = unique(rest.matchAll(mention), (match) => (match[1] ?? "").replace(/[.-]+$/, ""));
  const hashtags = unique(rest.matchAll(hashtag), (match) => match[1] ?? "");
  return mentions.length + hashtags.length + urls.length === 0 ? null : { mentions, hashtags, urls };
}

function unique(matches: Iterable<RegExpExecArray>, pick: (match: RegExpExecArray) => string): string[] {
  const found = new Set<string>();
  for (const match of matches) {
    if (found.size === MAX_EACH) break;
    found.add(pick(match));
  }
  return [...found];
}

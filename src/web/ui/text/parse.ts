/**
 * The Markdown of messages as a tree: fences, quotes, lists, and within lines code, bold, italic, strike, links and
 * mentions. Anything it does not know stays the text that it is. It never makes HTML, and takes time in proportion to
 * the text's length whatever the text is.
 */
export type Inline =
  | { kind: "text" | "code"; text: string }
  | { kind: "strong" | "em" | "strike"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] }
  | { kind: "mention"; text: string; userId: string };

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; children: Inline[] }
  | { kind: "list"; ordered: boolean; start: number; items: Inline[][] };

/** Written name (without @, lower case) → user. */
export type Mentions = ReadonlyMap<string, string>;

const MAX_DEPTH = 5;
/** How far an opening sign looks for its closing one. */
const REACH = 1500;

const fence = /^```([\w+#.-]{0,24})\s*$/;
const bullet = /^\s{0,3}[-*•]\s+(?=\S)/;
const numbered = /^\s{0,3}(\d{1,4})[.)]\s+(?=\S)/;

export function parseBlocks(content: string, mentions: Mentions): Block[] {
  const lines = content.split("\n");
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    const text = paragraph.join("\n").replace(/^\n+|\n+$/g, "");
    if (text !== "") blocks.push({ kind: "paragraph", children: parseInline(text, mentions) });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const opened = fence.exec(line);
    const closing = opened ? lines.indexOf("```", i + 1) : -1;
    if (opened && closing > 0) {
      flush();
      blocks.push({ kind: "code", language: opened[1] ?? "", text: lines.slice(i + 1, closing).join("\n") });
      i = closing;
    } else if (/^>\s?/.test(line)) {
      flush();
      const end = endOf(lines, i, (each) => /^>\s?/.test(each));
      const text = lines.slice(i, end).map((each) => each.replace(/^>\s?/, ""));
      blocks.push({ kind: "quote", children: parseInline(text.join("\n"), mentions) });
      i = end - 1;
    } else if (bullet.test(line) || numbered.test(line)) {
      flush();
      const sign = bullet.test(line) ? bullet : numbered;
      const end = endOf(lines, i, (each) => sign.test(each));
      const items = lines.slice(i, end).map((each) => parseInline(each.replace(sign, ""), mentions));
      blocks.push({
        kind: "list",
        ordered: sign === numbered,
        start: Number(numbered.exec(line)?.[1] ?? 1),
        items,
      });
      i = end - 1;
    } else paragraph.push(line);
  }
  flush();
  return blocks;
}

function endOf(lines: readonly string[], from: number, belongs: (line: string) => boolean): number {
  let end = from;
  while (end < lines.length && belongs(lines[end] ?? "")) end++;
  return end;
}

const signs = /`+|\*\*|~~|\*|_|https?:\/\/|\[|@/giu;
const pairs = { "**": "strong", "~~": "strike", "*": "em", _: "em" } as const;

/** One run of text. */
export function parseInline(text: string, mentions: Mentions, depth = 0): Inline[] {
  const nodes: Inline[] = [];
  let done = 0;
  const scan = new RegExp(signs);
  const put = (node: Inline, from: number, to: number) => {
    if (from > done) nodes.push({ kind: "text", text: text.slice(done, from) });
    nodes.push(node);
    done = to;
    scan.lastIndex = to;
  };
  for (let match = scan.exec(text); match; match = scan.exec(text)) {
    const found = at(text, match.index, match[0], mentions, depth);
    if (found) put(found.node, match.index, found.end);
  }
  if (done < text.length) nodes.push({ kind: "text", text: text.slice(done) });
  return nodes;
}

type Found = { node: Inline; end: number } | undefined;

function at(text: string, from: number, sign: string, mentions: Mentions, depth: number): Found {
  const before = text[from - 1] ?? " ";
  if (sign.startsWith("`")) return codeAt(text, from, sign);
  if (/^https?:/i.test(sign)) return /[\p{L}\p{N}]/u.test(before) ? undefined : bareLinkAt(text, from);
  if (sign === "[") return depth < MAX_DEPTH ? namedLinkAt(text, from, mentions) : undefined;
  if (sign === "@") return /[\p{L}\p{N}]/u.test(before) ? undefined : mentionAt(text, from, mentions);
  if (depth >= MAX_DEPTH) return undefined;
  return pairAt(text, from, sign as keyof typeof pairs, mentions, depth);
}

function codeAt(text: string, from: number, sign: string): Found {
  const start = from + sign.length;
  const end = text.slice(start, start + REACH).indexOf(sign);
  if (end < 1) return undefined;
  return { node: { kind: "code", text: text.slice(start, start + end) }, end: start + end + sign.length };
}

/** The sign must touch a word on its inner sides, and stand free on its outer ones: 2*3*4 and snake_case stay as they are. */
function pairAt(
  text: string,
  from: number,
  sign: keyof typeof pairs,
  mentions: Mentions,
  depth: number,
): Found {
  const start = from + sign.length;
  if (/[\p{L}\p{N}]/u.test(text[from - 1] ?? " ") || /\s/.test(text[start] ?? " ")) return undefined;
  const window = text.slice(start, start + REACH);
  let end = window.indexOf(sign);
  for (let tries = 0; end >= 0 && tries < 8; tries++) {
    const fits =
      end > 0 &&
      !/\s/.test(window[end - 1] ?? " ") &&
      !/[\p{L}\p{N}]/u.test(window[end + sign.length] ?? " ");
    const doubled = sign === "*" && (window[end + 1] === "*" || window[end - 1] === "*");
    if (fits && !doubled) {
      const children = parseInline(window.slice(0, end), mentions, depth + 1);
      return { node: { kind: pairs[sign], children }, end: start + end + sign.length };
    }
    end = window.indexOf(sign, end + sign.length);
  }
  return undefined;
}

function bareLinkAt(text: string, from: number): Found {
  const match = /^[^\s<>"'`\p{Cc}]{1,2000}/u.exec(text.slice(from, from + 2000));
  // What ends a sentence does not belong to the address, unless its counterpart is in it.
  let url = match?.[0] ?? "";
  for (;;) {
    const last = url.at(-1) ?? "";
    const stray =
      /[.,;:!?*_~]/.test(last) ||
      (last === ")" && !url.includes("(")) ||
      (last === "]" && !url.includes("["));
    if (!stray) break;
    url = url.slice(0, -1);
  }
  const href = safeHref(url);
  return href
    ? { node: { kind: "link", href, children: [{ kind: "text", text: url }] }, end: from + url.length }
    : undefined;
}

function namedLinkAt(text: string, from: number, mentions: Mentions): Found {
  const match = /^\[([^\]\n]{1,300})\]\((https?:\/\/[^\s()]{1,1000})\)/i.exec(text.slice(from, from + 1320));
  const href = match && safeHref(match[2] ?? "");
  if (!match || !href) return undefined;
  const children = parseInline(match[1] ?? "", mentions, MAX_DEPTH).filter(
    ({ kind }) => kind === "text" || kind === "code",
  );
  return { node: { kind: "link", href, children }, end: from + match[0].length };
}

function mentionAt(text: string, from: number, mentions: Mentions): Found {
  const match = /^@([\p{L}\p{N}][\p{L}\p{N}_.-]{0,127})/u.exec(text.slice(from, from + 130));
  let name = match?.[1] ?? "";
  while (/[.-]$/.test(name) && !mentions.has(name.toLowerCase())) name = name.slice(0, -1);
  const userId = mentions.get(name.toLowerCase());
  if (userId === undefined) return undefined;
  return { node: { kind: "mention", text: `@${name}`, userId }, end: from + 1 + name.length };
}

/** Web addresses only; undefined for whatever else calls itself one. */
export function safeHref(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) && parsed.hostname !== "" ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

/** What a page says of itself, from its head: Open Graph before Twitter's before plain HTML. */
import { Parser } from "htmlparser2";

export interface PageSummary {
  title: string;
  description: string | null;
  siteName: string | null;
  /** Where its picture is, as a whole address. */
  image: string | null;
}

const TITLE = 300;
const DESCRIPTION = 500;
const SITE_NAME = 100;

/** @param type the answer's Content-Type. @returns undefined for a page without a title. */
export function readPage(body: Buffer, type: string, url: URL): PageSummary | undefined {
  const meta = new Map<string, string>();
  let title = "";
  let inTitle = false;
  let done = false;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === "title" && title === "") inTitle = true;
        if (name === "body") done = true;
        if (name !== "meta" || done) return;
        const key = (attributes.property ?? attributes.name ?? "").toLowerCase();
        const content = attributes.content ?? "";
        if (key !== "" && content !== "" && !meta.has(key) && meta.size < 200) meta.set(key, content);
      },
      ontext(text) {
        if (inTitle && title.length < 4 * TITLE) title += text;
      },
      onclosetag(name) {
        if (name === "title") inTitle = false;
      },
    },
    { decodeEntities: true },
  );
  parser.write(decode(body, type));
  parser.end();

  const first = (...names: string[]) => names.map((name) => meta.get(name)).find((value) => value?.trim());
  const named = clean(first("og:title", "twitter:title") ?? title, TITLE);
  if (named === "") return undefined;
  return {
    title: named,
    description: clean(first("og:description", "twitter:description", "description"), DESCRIPTION) || null,
    siteName: clean(first("og:site_name", "application-name"), SITE_NAME) || null,
    image: wholeAddress(first("og:image:secure_url", "og:image", "og:image:url", "twitter:image"), url),
  };
}

function wholeAddress(image: string | undefined, base: URL): string | null {
  if (image === undefined || !URL.canParse(image.trim(), base.href)) return null;
  const found = new URL(image.trim(), base);
  return /^https?:$/.test(found.protocol) && found.href.length <= 2048 ? found.href : null;
}

/** One line of at most `most` signs, without those that are not seen or turn the direction of reading. */
export function clean(text: string | undefined, most: number): string {
  const line = (text ?? "")
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trim();
  const signs = [...line];
  return signs.length <= most
    ? line
    : `${signs
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}

/** By the answer's charset, else by the page's own word for it, else as UTF-8. */
function decode(body: Buffer, type: string): string {
  const said = /charset=["']?([\w-]+)/i;
  const label = said.exec(type)?.[1] ?? said.exec(body.subarray(0, 2048).toString("latin1"))?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}

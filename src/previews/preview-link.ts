import { type FetchOptions, fetchSafely } from "./fetch-safely.ts";
import { clean, type PageSummary, readPage } from "./read-page.ts";

export interface LinkSummary extends Omit<PageSummary, "image"> {
  picture: { name: string; body: Buffer } | null;
}

/** A page says what it is in its head, which is at its beginning. */
const PAGE = 512 * 2 ** 10;
const PICTURE = 3 * 2 ** 20;
const page = /^(text\/html|application\/xhtml\+xml)\b/;
const picture = /^image\/(png|jpe?g|gif|webp|avif)\b/;

/**
 * What a link leads to: a page by its head, with its picture if `pictures`; a picture by itself.
 * @throws Error when there is nothing to show, or it may not be asked for; its message tells no content.
 */
export async function previewLink(
  url: string,
  options: Pick<FetchOptions, "networks" | "stop" | "resolve"> & { pictures: boolean },
): Promise<LinkSummary> {
  const wanted = options.pictures ? new RegExp(`${page.source}|${picture.source}`) : page;
  const found = await fetchSafely(url, {
    ...options,
    wanted,
    most: options.pictures ? PICTURE : PAGE,
    cut: true,
  });
  if (picture.test(found.type)) {
    if (found.body.length >= PICTURE) throw new Error("is too large a picture");
    const name = nameOf(found.url);
    return { title: name, description: null, siteName: null, picture: { name, body: found.body } };
  }
  const summary = readPage(found.body.subarray(0, PAGE), found.type, found.url);
  if (!summary) throw new Error("has no title");
  const { image, ...texts } = summary;
  return { ...texts, picture: image === null || !options.pictures ? null : await pictureOf(image, options) };
}

async function pictureOf(
  url: string,
  options: Pick<FetchOptions, "networks" | "stop" | "resolve">,
): Promise<LinkSummary["picture"]> {
  try {
    const found = await fetchSafely(url, { ...options, wanted: picture, most: PICTURE, cut: false });
    return { name: nameOf(found.url), body: found.body };
  } catch {
    return null; // the text is worth showing without it
  }
}

function nameOf(url: URL): string {
  const last = url.pathname.split("/").at(-1) ?? "";
  try {
    return clean(decodeURIComponent(last), 100) || url.hostname;
  } catch {
    return clean(last, 100) || url.hostname;
  }
}

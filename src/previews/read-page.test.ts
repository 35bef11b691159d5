import { expect, test } from "vitest";
import { readPage } from "./read-page.ts";

const url = new URL("https://example.com/a/b");
const read = (html: string, type = "text/html") => readPage(Buffer.from(html), type, url);

test("Open Graph comes before what the page says for others", () => {
  const page = read(`<html><head><title>plain</title><meta name="description" content="d0">
    <meta property="og:title" content="Title &amp; more"><meta property="og:description" content="d1">
    <meta property="og:site_name" content="Site"><meta property="og:image" content="../i.png"></head>`);
  expect(page).toEqual({
    title: "Title & more",
    description: "d1",
    siteName: "Site",
    image: "https://example.com/i.png",
  });
});

test("a plain page has its title, and nothing that it does not say", () => {
  expect(read("<title> two\n lines </title>")).toEqual({
    title: "two lines",
    description: null,
    siteName: null,
    image: null,
  });
});

test.each(["", "<p>no head</p>", "<title> </title>", "<body><meta property='og:title' content='late'>"])(
  "%j has nothing to show",
  (html) => {
    expect(read(html)).toBeUndefined();
  },
);

test("tags in a title are text, and signs that are not seen go", () => {
  const page = read(
    `<meta property="og:title" content="&lt;script&gt;alert(1)&lt;/script&gt; a\u202eb\u0007">`,
  );
  expect(page?.title).toBe("<script>alert(1)</script> ab");
});

test.each(["javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd"])(
  "a picture at %s is none",
  (image) => {
    expect(read(`<title>x</title><meta property="og:image" content="${image}">`)?.image).toBeNull();
  },
);

test("a page in another encoding is read by it, said by the server or by itself", () => {
  const body = Buffer.from("<title>Gr\xfc\xdfe</title>", "latin1");
  expect(readPage(body, "text/html; charset=iso-8859-1", url)?.title).toBe("Grüße");
  const own = Buffer.concat([Buffer.from('<meta charset="windows-1252">'), body]);
  expect(readPage(own, "text/html", url)?.title).toBe("Grüße");
});

test("what is long is cut", () => {
  const page = read(
    `<title>${"x".repeat(5000)}</title><meta name=description content="${"y".repeat(5000)}">`,
  );
  expect(page?.title).toHaveLength(300);
  expect(page?.description).toHaveLength(500);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Inline, parseBlocks, parseInline, safeHref } from "./parse.ts";

const none = new Map<string, string>();

function textOf(nodes: readonly Inline[]): string {
  return nodes.map((node) => ("text" in node ? node.text : textOf(node.children))).join("");
}

test("bold, italic, strike and code are told apart, within each other as well", () => {
  expect(parseInline("**a *b* c** ~~d~~ `e*f*`", none)).toEqual([
    {
      kind: "strong",
      children: [
        { kind: "text", text: "a " },
        { kind: "em", children: [{ kind: "text", text: "b" }] },
        { kind: "text", text: " c" },
      ],
    },
    { kind: "text", text: " " },
    { kind: "strike", children: [{ kind: "text", text: "d" }] },
    { kind: "text", text: " " },
    { kind: "code", text: "e*f*" },
  ]);
});

test.each([
  "2*3*4",
  "snake_case_name",
  "* not a list",
  "a ** b",
  "`",
  "**open",
  "@nobody",
  "[x](javascript:alert(1))",
])("%j stays the text that it is", (content) => {
  expect(parseInline(content, none)).toEqual([{ kind: "text", text: content }]);
});

test("an address ends before what ends the sentence, and keeps its own brackets", () => {
  const [, link, rest] = parseInline("see https://a.example/b_(c)?d=1, please", none);
  expect(link).toMatchObject({ kind: "link", href: "https://a.example/b_(c)?d=1" });
  expect(rest).toEqual({ kind: "text", text: ", please" });
});

test("only who was mentioned is a mention, in any case, and a full stop is not part of the name", () => {
  const mentions = new Map([["annlee", "u1"]]);
  expect(parseInline("@AnnLee. and @bob", mentions)).toEqual([
    { kind: "mention", text: "@AnnLee", userId: "u1" },
    { kind: "text", text: ". and @bob" },
  ]);
});

test("fences, quotes and lists are blocks; an open fence is text", () => {
  const blocks = parseBlocks(
    "hi\n```ts\nlet a = 1;\n```\n> said\n> so\n- one\n- two\n3. three\n```\nopen",
    none,
  );
  expect(blocks.map(({ kind }) => kind)).toEqual(["paragraph", "code", "quote", "list", "list", "paragraph"]);
  expect(blocks[1]).toMatchObject({ language: "ts", text: "let a = 1;" });
  expect(blocks[4]).toMatchObject({ ordered: true, start: 3 });
});

test.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//x", "http://"])(
  "%s is no address to follow",
  (url) => {
    expect(safeHref(url)).toBeUndefined();
  },
);

test("no character is lost or made up, whatever people write, and links lead to the web only", () => {
  const piece = fc.constantFrom(
    "*",
    "**",
    "_",
    "~~",
    "`",
    "[",
    "](",
    ")",
    "https://a.b",
    "@x",
    " ",
    "\n",
    "a",
    "é",
    "javascript:",
  );
  const written = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 60 }).map((parts) => parts.join("")),
  );
  const links = (nodes: readonly Inline[]): string[] =>
    nodes.flatMap((node) =>
      node.kind === "link" ? [node.href] : "children" in node ? links(node.children) : [],
    );
  fc.assert(
    fc.property(written, (text) => {
      const nodes = parseInline(text, none);
      const kept = textOf(nodes).length;
      expect(kept).toBeLessThanOrEqual(text.length);
      for (const href of links(nodes)) expect(href).toMatch(/^https?:\/\//);
      if (!/[*_~`[]/.test(text)) expect(textOf(nodes)).toBe(text);
    }),
  );
});

test("the longest messages of signs alone are read in a moment", () => {
  for (const sign of ["*", "**a ", "`", "[", "_a", "~~", "@", "> ", "```\n", "https://"]) {
    const began = performance.now();
    parseBlocks(sign.repeat(10_000).slice(0, 10_000), none);
    expect(performance.now() - began, sign).toBeLessThan(1000);
  }
});

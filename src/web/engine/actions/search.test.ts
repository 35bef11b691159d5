import fc from "fast-check";
import { expect, test } from "vitest";
import type { SearchHit } from "../../../protocol/search.ts";
import { excerptOf } from "./search.ts";

const hit = (content: string, highlights: SearchHit["highlights"]) =>
  excerptOf({ content, highlights } as SearchHit).excerpt.map(({ text, hit }) => (hit ? `[${text}]` : text));

test("a short text is whole, with its hits set off", () => {
  expect(hit("so blue is the sky", [{ start: 3, end: 7 }])).toEqual(["so ", "[blue]", " is the sky"]);
});

test("of a long one what is around the first hit is shown", () => {
  const text = `${"a".repeat(300)}blue${"b".repeat(300)}`;
  const parts = hit(text, [{ start: 300, end: 304 }]);
  expect(parts).toEqual(["…", "a".repeat(40), "[blue]", "b".repeat(156), "…"]);
});

test("the pieces are always a part of the text, in order", () => {
  const highlights = fc
    .array(fc.nat({ max: 400 }), { maxLength: 8 })
    .map((edges) => [...new Set(edges)].sort((a, b) => a - b))
    .map((edges) =>
      edges.flatMap((start, n) =>
        n % 2 === 0 && edges[n + 1] ? [{ start, end: edges[n + 1] as number }] : [],
      ),
    );
  fc.assert(
    fc.property(fc.string({ minLength: 400, maxLength: 500 }), highlights, (content, found) => {
      const { excerpt } = excerptOf({ content, highlights: found } as unknown as SearchHit);
      const text = excerpt.map((piece) => piece.text).join("");
      expect(content).toContain(text.replace(/^…/, "").replace(/…$/, ""));
    }),
  );
});

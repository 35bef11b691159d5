import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanFileName, contentDisposition } from "./file-name.ts";

test.each([
  [undefined, "file"],
  ["", "file"],
  ["...", "file"],
  [" report.pdf ", "report.pdf"],
  ["a/b\\c.txt", "abc.txt"],
  ["photo\u202egnp.exe", "photognp.exe"],
])("%j becomes %j", (given, clean) => {
  expect(cleanFileName(given)).toBe(clean);
});

test("whatever a file is called, its name is short, of one line and without folders", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 600 }), (given) => {
      const clean = cleanFileName(given);
      const length = [...clean].length;
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(217);
      expect(clean.isWellFormed()).toBe(true);
      expect(clean).not.toMatch(/[\p{Cc}/\\]/u);
    }),
  );
});

test("a header holds a name whole, in ASCII, and nothing but it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (given) => {
      const name = cleanFileName(given);
      const [, exact = ""] =
        /^attachment; filename="[\x20\x21\x23-\x5b\x5d-\x7e]*"; filename\*=UTF-8''([\w%.!~-]+)$/.exec(
          contentDisposition("attachment", name),
        ) ?? [];
      expect(decodeURIComponent(exact)).toBe(name);
    }),
  );
});

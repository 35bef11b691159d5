import { describe, expect, it } from "vitest";
import { readFrames, TEXT, textFrame } from "./frame.ts";

/** The payload of a masked frame, unmasked as RFC 6455 says. */
function unmask(frame: Buffer, header: number): string {
  const key = frame.subarray(header - 4, header);
  return Buffer.from(frame.subarray(header).map((byte, i) => byte ^ key[i & 3]!)).toString();
}

describe("textFrame", () => {
  it.each([
    [0, 6],
    [125, 6],
    [126, 8],
    [65_535, 8],
    [65_536, 14],
  ])("masks %i bytes behind a header of %i", (length, header) => {
    const text = "é".repeat(length >> 1) + "x".repeat(length & 1);
    const frame = textFrame(text);
    expect(frame.length).toBe(header + length);
    expect(unmask(frame, header)).toBe(text);
  });
});

describe("readFrames", () => {
  function server(text: string): Buffer {
    const body = Buffer.from(text);
    const head =
      body.length < 126
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x81, 126, body.length >> 8, body.length & 0xff]);
    return Buffer.concat([head, body]);
  }

  it("finds every frame however the bytes are cut", () => {
    const texts = ["", "2", "x".repeat(125), "y".repeat(126), "z".repeat(4000)];
    const stream = Buffer.concat(texts.map(server));
    for (const size of [1, 2, 3, 7, 130, 5000]) {
      const found: string[] = [];
      let rest = Buffer.alloc(0);
      for (let at = 0; at < stream.length; at += size) {
        const data = Buffer.concat([rest, stream.subarray(at, at + size)]);
        const used = readFrames(data, data.length, (opcode, start, end) => {
          expect(opcode).toBe(TEXT);
          found.push(data.toString("latin1", start, end));
        });
        rest = Buffer.from(data.subarray(used));
      }
      expect(found).toEqual(texts);
      expect(rest.length).toBe(0);
    }
  });
});

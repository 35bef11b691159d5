import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createLinks } from "./links.ts";

const queryOf = (url: string) => {
  const query = new URL(url, "http://here").searchParams;
  return {
    user: query.get("user") as string,
    expires: Number(query.get("expires")),
    signature: query.get("signature") as string,
  };
};

test("a link holds for its lifetime at least and twice that at most, whenever it was made", () => {
  const key = randomBytes(32);
  for (let second = 0; second < 700; second += 7) {
    let now = 1_700_000_000_000 + second * 1000 + 123;
    const links = createLinks(key, 300, () => now);
    const query = queryOf(links.make("file", "ann").url);
    now += 299_999;
    expect(links.check("file", query)).toBeGreaterThan(0);
    now += 300_001;
    expect(() => links.check("file", query)).toThrow("not valid any more");
  }
});

test("it is the same for a while, so that a browser keeps what it has", () => {
  let now = 1_700_000_101_000;
  const links = createLinks(randomBytes(32), 300, () => now);
  const first = links.make("file", "ann").url;
  now += 60_000;
  expect(links.make("file", "ann").url).toBe(first);
});

test("another server's key, another user and another file make other links", () => {
  const [one, other] = [createLinks(randomBytes(32), 300), createLinks(randomBytes(32), 300)];
  const query = queryOf(one.make("file", "ann").url);
  expect(one.check("file", query)).toBeGreaterThan(0);
  expect(() => other.check("file", query)).toThrow();
  expect(() => one.check("file", { ...query, user: "bob" })).toThrow();
  expect(() => one.check("elif", query)).toThrow();
});

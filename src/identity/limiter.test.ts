import { expect, test } from "vitest";
import { countAttempt, networkOf } from "./limiter.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:0db8:0001:0002::1", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["unknown", "unknown"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("the key of an e-mail address does not hold it, and ignores its case", async () => {
  const keys: string[] = [];
  const limiter = { consume: async (key: string) => void keys.push(key), giveBack: async () => {} };
  const limits = { email: limiter, address: { consume: async () => {}, giveBack: async () => {} } };
  await countAttempt(limits, { email: "Ann@Example.com", address: "::1" });
  await countAttempt(limits, { email: "ann@example.com", address: "::1" });
  expect(keys[0]).toBe(keys[1]);
  expect(keys[0]).not.toContain("ann");
});

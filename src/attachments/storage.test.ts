import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createS3Storage } from "./s3.ts";
import type { Storage } from "./storage.ts";
import { createVolumeStorage } from "./volume.ts";

// It comes without types.
const S3rver = createRequire(import.meta.url)("@20minutes/s3rver") as new (
  options: object,
) => {
  run(): Promise<{ port: number }>;
  close(): Promise<void>;
};
const folder = await mkdtemp(join(tmpdir(), "nexus-storage-"));
const s3 = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: join(folder, "s3"),
  configureBuckets: [{ name: "files", configs: [] }],
});
const account = { region: "us-east-1", accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
let bucket: string;
const storages: Record<string, Storage> = {};
beforeAll(async () => {
  const { port } = await s3.run();
  bucket = `http://127.0.0.1:${port}/files`;
  storages["a volume"] = createVolumeStorage(join(folder, "volume"));
  storages.S3 = createS3Storage({ url: bucket, ...account });
  storages["S3 with a prefix"] = createS3Storage({ url: `${bucket}/here/and there/`, ...account });
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

async function* chunks(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(stream: Readable | undefined): Promise<Buffer | undefined> {
  return stream && buffer(stream);
}

const MB = 2 ** 20;

describe.each(["a volume", "S3", "S3 with a prefix"])("%s", (name) => {
  const storage = () => storages[name] as Storage;

  test.each([0, 1, 100_000, 8 * MB - 1, 8 * MB, 8 * MB + 1, 17 * MB])(
    "gives back %d bytes as they were",
    async (size) => {
      const key = randomUUID();
      const bytes = randomBytes(size);
      await storage().write(key, chunks(bytes));
      expect((await all(await storage().read(key)))?.equals(bytes)).toBe(true);
    },
  );

  test("gives a part where that is asked for", async () => {
    const key = randomUUID();
    const bytes = randomBytes(1000);
    await storage().write(key, chunks(bytes));
    expect(await all(await storage().read(key, { start: 100, end: 199 }))).toEqual(bytes.subarray(100, 200));
  });

  test("has nothing of what it was not given, or what was removed; removing it again is no error", async () => {
    const key = randomUUID();
    expect(await storage().read(key)).toBeUndefined();
    await storage().write(key, chunks(randomBytes(10)));
    await storage().remove(key);
    await storage().remove(key);
    expect(await storage().read(key)).toBeUndefined();
  });

  test.each([100_000, 9 * MB])(
    "of %d bytes that were cut off nothing can be read, and the reason is told",
    async (size) => {
      const key = randomUUID();
      const cut = async function* () {
        yield* chunks(randomBytes(size));
        throw new Error("cut off");
      };
      await expect(storage().write(key, cut())).rejects.toThrow("cut off");
      expect(await storage().read(key)).toBeUndefined();
    },
  );
});

test("a volume holds nothing of what was cut off", async () => {
  expect(await readdir(join(folder, "volume", "incoming"))).toEqual([]);
});

test("a wrong key is told with S3's own word, and what to look at", async () => {
  const storage = createS3Storage({ url: bucket, ...account, secretAccessKey: "wrong" });
  await expect(storage.write(randomUUID(), chunks(randomBytes(10)))).rejects.toThrow(
    /403 SignatureDoesNotMatch.*ATTACHMENTS_S3_/,
  );
});

test("a bucket that is not reachable is an error soon, not a wait", async () => {
  const storage = createS3Storage({ url: "http://127.0.0.1:1/files", ...account });
  await expect(storage.read(randomUUID())).rejects.toThrow();
});

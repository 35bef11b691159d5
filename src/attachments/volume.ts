import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Storage } from "./storage.ts";

/**
 * Files in a folder that all gateways and workers mount (ReadWriteMany, or one machine). A file appears under its
 * name at once and whole; what a killed gateway leaves lies in `incoming` under the same name, and `remove` takes it too.
 */
export function createVolumeStorage(folder: string): Storage {
  // 256 folders, so that none holds too many files for its file system.
  const placeOf = (key: string) => join(folder, key.slice(0, 2));
  const incoming = join(folder, "incoming");

  return {
    async write(key, bytes) {
      await Promise.all([mkdir(incoming, { recursive: true }), mkdir(placeOf(key), { recursive: true })]);
      const unfinished = join(incoming, key);
      try {
        const file = await open(unfinished, "wx", 0o600);
        try {
          for await (const chunk of bytes) await file.writeFile(chunk);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(unfinished, join(placeOf(key), key));
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },

    async read(key, range) {
      try {
        const file = await open(join(placeOf(key), key), "r");
        return createReadStream("", { fd: file, ...range });
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },

    async remove(key) {
      await rm(join(incoming, key), { force: true });
      await rm(join(placeOf(key), key), { force: true });
    },
  };
}

import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The secret that signs access tokens, made once and kept in `<directory>/jwt-secret` (mode 0600), so that
 * sessions survive a restart.
 */
export async function keptJwtSecret(directory: string): Promise<string> {
  const file = join(directory, "jwt-secret");
  await mkdir(directory, { recursive: true });
  try {
    // "wx": never over a secret that is there.
    await writeFile(file, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const secret = (await readFile(file, "utf8")).trim();
  if (secret.length < 32)
    throw new Error(`${file} holds less than 32 characters. Delete it to have it made anew.`);
  return secret;
}

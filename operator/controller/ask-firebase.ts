import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { AccountVerdict } from "../../src/push/check-account.ts";
import type { ServiceAccount } from "../../src/push/service-account.ts";

const program = fileURLToPath(new URL("../../src/push/check/main.ts", import.meta.url));
/** ms that Firebase may take to answer; firebase-admin tries again within. */
const LONGEST = 45_000;

/**
 * What Firebase says of the account. Asked by a process of its own, which takes firebase-admin's 50 MB with it when
 * it ends; the key goes there by standard input, where nobody else reads. Never rejects.
 */
export async function askFirebase(account: ServiceAccount, signal: AbortSignal): Promise<AccountVerdict> {
  try {
    // Its errors may quote what it was given, so they go nowhere.
    const child = spawn(process.execPath, ["--max-semi-space-size=1", program], {
      stdio: ["pipe", "pipe", "ignore"],
      timeout: LONGEST,
      killSignal: "SIGKILL",
      signal,
    });
    child.stdin.on("error", () => {}); // it ended before it read: told by how it ended
    child.stdin.end(JSON.stringify(account));
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    if (code === null) return { kind: "unreachable", code: "no answer" };
    return AccountVerdict.parse(JSON.parse(said));
  } catch {
    return { kind: "unreachable", code: "the check did not run" };
  }
}

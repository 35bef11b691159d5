import exec from "k6/execution";
import http from "k6/http";
import { sleep } from "./circle.ts";
import type { Settings } from "./settings.ts";

// k6 has it; its types leave it to the DOM.
declare const console: { warn(text: string): void };

const advice = {
  kill: "kill a gateway",
  roll: "begin the rolling upgrade (kubectl -n <namespace> rollout restart deployment/<cluster>-gateway)",
};

/** Tells the runner, if there is one, that sending begins or ends: it then measures what the platform uses. */
export async function mark(what: "begin" | "end", { control }: Settings): Promise<void> {
  if (exec.vu.idInTest === 1 && control) await http.asyncRequest("POST", `${control}/${what}`);
}

/**
 * At `at`, has the runner do this to the gateways; the first VU asks for all. Without a runner it says what a person
 * should do now. @throws Error when the runner could not.
 */
export async function order(what: keyof typeof advice, at: number, { control }: Settings): Promise<void> {
  if (exec.vu.idInTest !== 1) return;
  await sleep(Math.max(0, at - Date.now()));
  if (!control) {
    console.warn(`Now: ${advice[what]}`);
    return;
  }
  const answer = await http.asyncRequest("POST", `${control}/${what}`, null, { timeout: "120s" });
  if (answer.status !== 204)
    throw new Error(`The runner could not ${what}: ${answer.status} ${answer.error}`);
}

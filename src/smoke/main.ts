/**
 * `helm test`: sends messages between two users over two gateways and checks what the platform promises of them.
 * Tries again until it works or the time is over; exit code 0 when it works.
 *
 * SMOKE_CLUSTER            name of the ChatCluster, in whose namespace this runs
 * SMOKE_GATEWAYS           instead of it: addresses of gateways, separated by commas
 * SMOKE_TIMEOUT_SECONDS    60 unless told
 * JWT_SECRET               what the test users' passwords are made of
 */
import { setTimeout as delay } from "node:timers/promises";
import { Refused, request } from "../chat/http.ts";
import { signInTestUser } from "./account.ts";
import { connectDevice } from "./device.ts";
import { exchange } from "./exchange.ts";
import { findGateways } from "./gateways.ts";

const PAUSE_MS = 1_000;
/** How long a second gateway is waited for when there is one. */
const SECOND_GATEWAY_MS = 20_000;

const began = performance.now();
const since = () => (performance.now() - began) / 1000;

function say(line: string): void {
  process.stdout.write(`${since().toFixed(2).padStart(7)} s  ${line}\n`);
}

/** Two gateways, or the only one after a while; each is ready. */
async function twoGateways(): Promise<[string, string]> {
  const all = process.env.SMOKE_GATEWAYS?.split(",") ?? (await findGateways(process.env.SMOKE_CLUSTER ?? ""));
  const [first, second] = all;
  if (first === undefined) throw new Error("no gateway is ready");
  if (second === undefined && performance.now() - began < SECOND_GATEWAY_MS)
    throw new Error("only one gateway is ready yet");
  const two: [string, string] = [first, second ?? first];
  for (const url of two) {
    const { redis } = await request<{ redis: boolean }>(url, "GET", "/readyz");
    if (!redis) throw new Error(`${url} does not reach Redis`);
  }
  return two;
}

async function attempt(secret: string): Promise<void> {
  const [first, second] = await twoGateways();
  say(
    first === second
      ? `the only gateway is ready: ${first}`
      : `two gateways are ready: ${first} and ${second}`,
  );
  const sessions = [await signInTestUser(first, "smoke-a", secret)];
  sessions.push(await signInTestUser(second, "smoke-b", secret));
  try {
    const [alice, bob] = sessions;
    if (!alice || !bob) return;
    using one = await connectDevice(first, alice);
    using two = await connectDevice(second, bob);
    if (first !== second && one.gateway === two.gateway) throw new Error("both users are on one gateway");
    say(`two users are connected: to ${one.gateway} and ${two.gateway}`);
    await exchange(
      { session: alice, device: one, url: first },
      { session: bob, device: two, url: second },
      say,
    );
  } finally {
    for (const { refreshToken } of sessions)
      await request(first, "POST", "/auth/logout", { body: { refreshToken } }).catch(() => {});
  }
}

async function run(secret: string, timeoutMs: number): Promise<boolean> {
  let last = "";
  for (;;) {
    try {
      await attempt(secret);
      say("it works");
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      if (error instanceof Refused && error.code === "FORBIDDEN") {
        say("gateways are ready; no message was sent, since this platform has no accounts of its own");
        say("(spec.auth.localAccounts is false): sign in with a token of the identity provider to try one");
        return true;
      }
      if (reason !== last) say(`not yet: ${reason}`);
      last = reason;
      if (performance.now() - began + PAUSE_MS > timeoutMs) {
        say(`FAILED after ${timeoutMs / 1000} s: ${reason}`);
        say(
          `kubectl describe chatcluster ${process.env.SMOKE_CLUSTER ?? ""} says what is wrong and what to do`,
        );
        return false;
      }
      await delay(PAUSE_MS);
    }
  }
}

// As process 1 of a container, nothing else would end it.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(130));

const { JWT_SECRET, SMOKE_CLUSTER, SMOKE_GATEWAYS, SMOKE_TIMEOUT_SECONDS } = process.env;
const timeoutMs = Number(SMOKE_TIMEOUT_SECONDS || 60) * 1000;
const missing = [
  ...(JWT_SECRET ? [] : ["JWT_SECRET: the platform's own, from its Secret"]),
  ...(SMOKE_CLUSTER || SMOKE_GATEWAYS ? [] : ["SMOKE_CLUSTER: the name of the ChatCluster"]),
  ...(timeoutMs > 0 ? [] : ["SMOKE_TIMEOUT_SECONDS: a number of seconds"]),
];
if (missing.length > 0) {
  process.stderr.write(`The environment lacks:\n${missing.map((name) => `  ${name}\n`).join("")}`);
  process.exitCode = 2;
} else process.exitCode = (await run(JWT_SECRET ?? "", timeoutMs)) ? 0 : 1;

/**
 * The canary: every CANARY_INTERVAL ms one of two synthetic users writes to the other through two gateways, as any
 * client does. What it tells is true for people too: whether messages can be sent now, and whether they arrive live.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../../config/settings.ts";
import { createOwnTokens } from "../../identity/own-tokens.ts";
import type { Message, MessageSent } from "../../protocol/message.ts";
import { canaryUsers, ensureCanaryUsers, forgetCanarySongs } from "../../store/canary.ts";
import type { Sql } from "../../store/client.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { WorkerMetrics } from "../../telemetry/worker-metrics.ts";
import { findGateways, type Perch, settle } from "./perch.ts";

export interface CanaryDependencies {
  sql: Sql;
  config: Pick<Config, "CANARY_INTERVAL" | "CANARY_GATEWAYS" | "JWT_SECRET">;
  /** Tells its connections from those of other workers' canaries. */
  instance: string;
  log: Logger;
  metrics: Pick<WorkerMetrics, "canaryOn" | "canarySang">;
}

type Outcome = { kind: "delivered"; seconds: number } | { kind: "lost" } | { kind: "unsent"; reason: string };

/** How long the acknowledgement and the arrival may take, in ms. */
const PATIENCE = 5000;
/** How long it stays with two gateways, in ms; then the next two have their turn. */
const STAY = 60_000;
/** s that its tokens are valid. */
const TOKEN_LIFE = 600;
const CLEAN_EVERY = 600_000;

/** Sings until `stop` fires; at once ends where it is not wanted, or cannot sign in. */
export async function sing(deps: CanaryDependencies, stop: AbortSignal): Promise<void> {
  const { config, log, metrics } = deps;
  const { CANARY_INTERVAL: interval, CANARY_GATEWAYS: addresses, JWT_SECRET: secret } = config;
  if (interval === 0) return;
  if (addresses === undefined || secret === undefined) {
    log.warn("the canary is silent: it needs CANARY_GATEWAYS, and JWT_SECRET to sign in with");
    return;
  }
  metrics.canaryOn();
  const bird = openBird(deps, addresses, createOwnTokens(secret));
  let failing: string | undefined;
  while (!stop.aborted) {
    const began = performance.now();
    const outcome = await bird.sing();
    if (stop.aborted) break;
    metrics.canarySang(outcome.kind, outcome.kind === "delivered" ? outcome.seconds : undefined);
    const reason =
      outcome.kind === "delivered" ? undefined : "reason" in outcome ? outcome.reason : "not live";
    if (reason !== undefined && failing === undefined)
      log.warn({ outcome: outcome.kind, reason }, "the canary fell silent");
    if (reason === undefined && failing !== undefined) log.info("the canary sings again");
    failing = reason;
    await delay(Math.max(0, began + interval - performance.now()), undefined, { signal: stop }).catch(
      () => {},
    );
  }
  bird.leave();
}

function openBird(
  deps: CanaryDependencies,
  addresses: readonly string[],
  tokens: ReturnType<typeof createOwnTokens>,
) {
  const { sql, instance } = deps;
  let perch: Perch | undefined;
  let settledAt = 0;
  let turn = 0;
  let cleanedAt = 0;
  let known = false;

  async function signIn(userId: string) {
    return { token: await tokens.sign(userId, TOKEN_LIFE), deviceId: `canary-${instance}`.slice(0, 128) };
  }

  async function find(): Promise<Perch> {
    if (perch?.whole && performance.now() - settledAt < STAY) return perch;
    leave();
    if (!known) await ensureCanaryUsers(sql);
    known = true;
    if (performance.now() - cleanedAt > CLEAN_EVERY) {
      await forgetCanarySongs(sql);
      cleanedAt = performance.now();
    }
    const birds = { singer: await signIn(canaryUsers.singer), friend: await signIn(canaryUsers.friend) };
    perch = await settle(await findGateways(addresses), turn++, birds);
    settledAt = performance.now();
    return perch;
  }

  function leave(): void {
    perch?.[Symbol.dispose]();
    perch = undefined;
  }

  async function exchange({ singer, friend }: Perch): Promise<Outcome> {
    const content = randomUUID();
    const began = performance.now();
    const arrival = arrivalOf(friend, content);
    try {
      const answer = (await singer
        .timeout(PATIENCE)
        .emitWithAck("NEW_MESSAGE", { receiverId: canaryUsers.friend, content, tempId: content })) as Answer;
      if (!answer.ok) return { kind: "unsent", reason: answer.error.code };
      const message = await arrival.message;
      if (!message) return { kind: "lost" };
      friend.emit("MESSAGE_DELIVERED", { conversationId: message.conversationId, seq: message.seq });
      return { kind: "delivered", seconds: arrival.seconds(began) };
    } finally {
      arrival.forget();
    }
  }

  return {
    leave,
    async sing(): Promise<Outcome> {
      try {
        const outcome = await exchange(await find());
        if (outcome.kind !== "delivered") leave();
        return outcome;
      } catch (error) {
        leave();
        return { kind: "unsent", reason: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

type Answer = { ok: true; data: MessageSent } | { ok: false; error: { code: string } };

/** The message with this content as the friend gets it; undefined when that takes longer than PATIENCE. */
function arrivalOf(friend: Perch["friend"], content: string) {
  let at = 0;
  let forget = () => {};
  const message = new Promise<Message | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE);
    const hear = (heard: Message) => {
      if (heard.content !== content) return;
      at = performance.now();
      resolve(heard);
    };
    friend.on("NEW_MESSAGE", hear);
    forget = () => {
      clearTimeout(timer);
      friend.off("NEW_MESSAGE", hear);
      resolve(undefined);
    };
  });
  return { message, forget: () => forget(), seconds: (began: number) => (at - began) / 1000 };
}

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { request } from "../chat/http.ts";
import type { Message, MessageSent } from "../protocol/message.ts";
import type { Session } from "../protocol/user.ts";
import type { Device } from "./device.ts";

export interface Person {
  readonly session: Session;
  readonly device: Device;
  /** The gateway that the person uses. */
  readonly url: string;
}

const COUNT = 5;
const DELIVERY_MS = 5_000;

/**
 * What the platform promises, shown between two people: messages sent without waiting are acknowledged, a repeat
 * is known as one, all are delivered once and in order, the answer comes back, and both find the same history.
 * Says each step by `say`. @throws an Error that says which promise was broken.
 */
export async function exchange(alice: Person, bob: Person, say: (line: string) => void): Promise<void> {
  const run = randomUUID();
  const texts = Array.from({ length: COUNT }, (_, index) => `smoke ${run} ${index + 1}`);
  const began = performance.now();
  const sent = await Promise.all(
    texts.map((text, index) => alice.device.send(bob.session.user.id, text, `${run}-${index}`)),
  );
  check(isConsecutive(sent.map(({ seq }) => seq)), "the acknowledgements are not numbered in order");
  say(`${COUNT} messages sent and acknowledged in ${elapsed(began)}`);

  const again = await alice.device.send(bob.session.user.id, texts[0] ?? "", `${run}-0`);
  check(
    again.duplicate === true && again.dbMessageId === sent[0]?.dbMessageId,
    "a repeated message became another one",
  );
  say("a repeat was recognised");

  await delivered(bob, sent, "the other gateway");
  say(`delivered once and in order on the other side, ${elapsed(began)} after the first was sent`);

  const answer = await bob.device.send(alice.session.user.id, `smoke ${run} answer`, `${run}-answer`);
  await delivered(alice, [answer], "the first gateway");
  say("the answer came back");

  const ids = [...sent, answer].map(({ dbMessageId }) => dbMessageId);
  for (const { session, url } of [alice, bob]) {
    const path = `/messages/conversation/${answer.conversationId}?limit=${ids.length}`;
    const history = await request<Message[]>(url, "GET", path, { token: session.accessToken });
    check(
      history.map(({ id }) => id).join() === ids.join(),
      `the history at ${url} is not what was acknowledged`,
    );
  }
  say("both read the same history");
}

/** Waits for all that was acknowledged to be delivered to `person`; a repeat or another order is an error. */
async function delivered(
  { device, session }: Person,
  sent: readonly MessageSent[],
  where: string,
): Promise<void> {
  const wanted = sent.map(({ dbMessageId }) => dbMessageId);
  const deadline = performance.now() + DELIVERY_MS;
  const here = () => device.received.filter((message) => wanted.includes(message.id));
  while (here().length < wanted.length && performance.now() < deadline) await delay(5);
  check(
    here().length >= wanted.length,
    `${where} delivered ${here().length} of ${wanted.length} messages to ${session.user.name} within ${DELIVERY_MS / 1000} s: ` +
      "do the gateways reach Redis?",
  );
  await delay(100); // for one too many
  check(here().length === wanted.length, `${where} delivered a message more than once`);
  check(
    here()
      .map(({ id }) => id)
      .join() === wanted.join(),
    `${where} delivered messages out of order`,
  );
}

function isConsecutive(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1);
}

function elapsed(since: number): string {
  return `${Math.round(performance.now() - since)} ms`;
}

function check(condition: boolean, broken: string): asserts condition {
  if (!condition) throw new Error(broken);
}

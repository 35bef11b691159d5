import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { login, register } from "../../../src/testing/client/account.ts";
import { connect } from "../../../src/testing/client/connect.ts";
import type { MessageSent, WireMessage } from "../../../src/testing/client/wire.ts";
import { chat, pods } from "./release.ts";

/**
 * A message from one user to another, each on a gateway pod of their own, from where the test runs. Resolves when it has
 * been acknowledged and delivered; rejects when there are no two gateways or it takes longer than seconds.
 */
export async function firstMessage(namespace: string, name = chat): Promise<void> {
  const [one, other] = await pods(namespace, "gateway", name);
  if (!one || !other) throw new Error("there are no two gateway pods");
  await using first = await forward(namespace, `pod/${one.metadata.name}`, 3000);
  await using second = await forward(namespace, `pod/${other.metadata.name}`, 3000);
  const alice = await register(first.url, { name: "Alice" });
  const bob = await register(second.url, { name: "Bob" });
  await using a = await connect({ url: first.url, token: alice.token });
  await using b = await connect({
    url: second.url,
    token: (await login(second.url, bob.email, bob.password)).token,
  });
  await b.events.next("CONNECTION_SUCCESS");
  const content = `first message ${randomBytes(4).toString("hex")}`;
  const sent = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content });
  const received = await b.events.next<WireMessage>("NEW_MESSAGE");
  if (received.id !== sent.dbMessageId || received.content !== content)
    throw new Error(`sent ${JSON.stringify(sent)}, received ${JSON.stringify(received)}`);
}

export type Forward = AsyncDisposable & { readonly url: string };

/** `kubectl port-forward` to a pod or Service; ends when disposed of. */
export function forward(namespace: string, target: string, port: number): Promise<Forward> {
  const args = ["-n", namespace, "port-forward", "--address=127.0.0.1", target, `:${port}`];
  const child: ChildProcess = spawn("kubectl", args, { stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const dispose = async () => {
    process.off("exit", end);
    end();
  };
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => {
      end();
      reject(new Error(`no port-forward to ${target} within 20 s: ${said}`));
    }, 20_000);
    const heard = (chunk: Buffer) => {
      said += chunk;
      const local = /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
      if (!local) return;
      clearTimeout(timer);
      resolve({ url: `http://127.0.0.1:${local}`, [Symbol.asyncDispose]: dispose });
    };
    child.stdout?.on("data", heard);
    child.stderr?.on("data", heard);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`kubectl port-forward to ${target} ended with ${code}: ${said}`));
    });
  });
}

/**
 * A platform for one file of contract tests, and the people on it. Everybody is new in each test, and every
 * connection ends with the test that made it.
 */
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type Account, register } from "../client/account.ts";
import { type Api, api } from "../client/api.ts";
import { type ConnectOptions, connect, type TestClient } from "../client/connect.ts";
import type { WireMessage } from "../client/wire.ts";
import {
  type GatewayProcess,
  type Platform,
  type PlatformOptions,
  startPlatform,
} from "../platform/platform.ts";

export interface Stage {
  readonly platform: Platform;
  /** A gateway by its index; the first is 0. */
  gateway(index: number): GatewayProcess;
  /** New users, one for each name. */
  people<N extends readonly string[]>(...names: N): Promise<{ -readonly [I in keyof N]: Account }>;
  /** A connected device that has its CONNECTION_SUCCESS, and so is in all its rooms. */
  device(account: Account, gateway?: number, options?: Partial<ConnectOptions>): Promise<TestClient>;
  rest(account: Account, gateway?: number): Api;
  /** A group of the first as its owner and of the others; resolves with its id. */
  group(owner: Account, ...members: Account[]): Promise<string>;
  /**
   * Resolves when everything that either gateway told before has arrived at these devices: somebody's message
   * from each gateway has followed it over the same ways. Only then "nothing came" means something.
   */
  settled(...devices: { account: Account; client: TestClient }[]): Promise<void>;
}

/** Registers the hooks that start and end the platform; no worker, unless the options want one. */
export function stage(options: PlatformOptions = {}): Stage {
  let platform: Platform | undefined;
  beforeAll(async () => {
    platform = await startPlatform({ worker: false, ...options });
  });
  afterAll(() => platform?.[Symbol.asyncDispose]());

  function running(): Platform {
    if (!platform) throw new Error("the platform is started by beforeAll: use it in tests and hooks");
    return platform;
  }

  function gateway(index: number): GatewayProcess {
    const found = running().gateways[index];
    if (!found) throw new Error(`there is no gateway ${index}`);
    return found;
  }

  const self: Stage = {
    get platform() {
      return running();
    },
    gateway,
    people: (...names) =>
      Promise.all(names.map((name) => register(gateway(0).url, { name }))) as Promise<never>,
    async device(account, index = 0, more = {}) {
      const client = await connect({ url: gateway(index).url, token: account.token, ...more });
      onTestFinished(() => client.close());
      await client.events.next("CONNECTION_SUCCESS");
      return client;
    },
    rest: (account, index = 0) => api(gateway(index).url, account.token),
    async group(owner, ...members) {
      const body = { type: "GROUP", name: "A group", participantIds: members.map(({ id }) => id) };
      const answer = await self.rest(owner).post<{ id: string }>("/conversations", body);
      if (answer.status !== 201) throw new Error(`no group: ${JSON.stringify(answer.body)}`);
      return answer.body.id;
    },
    async settled(...devices) {
      const [postman] = await self.people("Postman");
      for (const index of running().gateways.keys()) {
        for (const { account, client } of devices) {
          const content = `settled ${crypto.randomUUID()}`;
          const letter = { receiverId: account.id, content };
          const sent = await self.rest(postman, index).post("/messages", letter);
          if (sent.status !== 201) throw new Error(`the postman was refused: ${JSON.stringify(sent.body)}`);
          await client.events.next<WireMessage>("NEW_MESSAGE", (message) => message.content === content);
        }
      }
    },
  };
  return self;
}

/** The live messages of one conversation that a device got, in the order of their arrival. */
export function messagesOf(client: TestClient, conversationId: string): WireMessage[] {
  return client.events.all<WireMessage>(
    "NEW_MESSAGE",
    (message) => message.conversationId === conversationId,
  );
}

/** Everything that a device got and that names this conversation, whichever event it is. */
export function mentionsOf(client: TestClient, conversationId: string): string[] {
  return client.events
    .everything()
    .filter(({ payload }) => JSON.stringify(payload ?? null).includes(conversationId))
    .map(({ event }) => event);
}

/**
 * The engine as a browser runs it, in Node. A test imports `fake-indexeddb/auto` first of all, since Dexie looks for
 * IndexedDB when it is loaded; locks and broadcast channels are Node's own.
 */
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import type { ChatClient } from "../client.ts";
import { createClient } from "../create-client.ts";
import type { ChatState } from "../state/chat-state.ts";
import { selectTimeline } from "../state/selectors.ts";
import { until } from "./until.ts";

/** A page of somebody's browser, signed in; pages of one profile are tabs of one browser. Ends with the test. */
export async function openTab(
  account: { readonly email: string; readonly password: string },
  url: string,
  profile: string = randomUUID(),
): Promise<ChatClient> {
  const client = createClient({ url, profile });
  onTestFinished(() => client.close());
  await client.start();
  if (client.store.getState().phase === "signed-out") await client.account.signIn(account);
  return client;
}

export const isConnected = (state: ChatState) => state.connection.status === "connected";

/** What the pane of a conversation shows. */
export function contents(client: ChatClient, id: string): string[] {
  return selectTimeline(client.store.getState(), id).entries.map(({ message }) => message.content);
}

/** Resolves when the pane shows exactly these. */
export function shows(client: ChatClient, id: string, ...texts: string[]): Promise<boolean> {
  return until(client, () => JSON.stringify(contents(client, id)) === JSON.stringify(texts)).catch(
    (error) => {
      const now = JSON.stringify(contents(client, id));
      throw new Error(`${JSON.stringify(texts)} is not what is shown: ${now}`, { cause: error });
    },
  );
}

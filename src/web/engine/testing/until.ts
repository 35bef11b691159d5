import type { ChatClient } from "../client.ts";
import type { ChatState } from "../state/chat-state.ts";

/** Resolves with what `look` finds in the client's state, at once or after a change; rejects after `ms`. */
export function until<T>(
  client: Pick<ChatClient, "store">,
  look: (state: ChatState) => T | undefined | null | false,
  ms = 15_000,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Made here, so that it tells who waited.
  const late = new Error();
  const timer = setTimeout(() => {
    const { connection, outbox, phase } = client.store.getState();
    late.message = `not within ${ms} ms; the client is ${JSON.stringify({ phase, connection, outbox })}`;
    reject(late);
  }, ms);
  const tryOnce = (state: ChatState) => {
    const found = look(state);
    if (found === undefined || found === null || found === false) return;
    clearTimeout(timer);
    unsubscribe();
    resolve(found);
  };
  const unsubscribe = client.store.subscribe(tryOnce);
  tryOnce(client.store.getState());
  return promise.finally(unsubscribe);
}

/**
 * Puts the engine together: one state for each tab, one connection and one outbox for all tabs.
 *
 *   socket ─▶ leader ─ channel ─▶ every tab: reduce(state, input) ─▶ store ─▶ screens
 *   screens ─▶ queue ─▶ IndexedDB ─▶ leader's outbox ─▶ socket
 */
import { createStore } from "zustand/vanilla";
import type { ServerPayload } from "../../protocol/server-events.ts";
import type { User } from "../../protocol/user.ts";
import { createConversations } from "./actions/conversations.ts";
import { createMessages } from "./actions/messages.ts";
import { createQueue } from "./actions/queue.ts";
import { createSearch } from "./actions/search.ts";
import { createHttp } from "./api/http.ts";
import { createRest } from "./api/rest.ts";
import type { ChatClient, ClientOptions } from "./client.ts";
import { createConnection } from "./connection/connection.ts";
import { createCatchUp } from "./feed/catch-up.ts";
import { createHistory } from "./feed/history.ts";
import { createTyping } from "./feed/typing.ts";
import { backoff } from "./outbox/backoff.ts";
import { createOutbox } from "./outbox/outbox.ts";
import { createPush } from "./push/push.ts";
import { createSession } from "./session/session.ts";
import { type ChatState, initialState } from "./state/chat-state.ts";
import type { Input } from "./state/input.ts";
import { reduce } from "./state/reduce.ts";
import { openDatabase } from "./storage/database.ts";
import { readCache, readMessages } from "./storage/read-cache.ts";
import { openChannel, type TabMessage } from "./tabs/channel.ts";
import { createSharedLink } from "./tabs/shared-link.ts";

/** The client of this tab; nothing happens before `start`. */
export function createClient({
  url = globalThis.location?.origin ?? "",
  profile = "main",
}: ClientOptions = {}): ChatClient {
  const store = createStore<ChatState>(() => initialState);
  const database = openDatabase(profile);
  const state = store.getState;
  const channel = openChannel(`nexus-${profile}`, receive);
  const link = createSharedLink(channel);
  const http = createHttp(url);
  const session = createSession({ http, database, profile, onEnded: () => void ended() });
  const rest = createRest(http, session.credentials);

  function dispatch(input: Input): void {
    const before = state();
    const after = reduce(before, input);
    if (after !== before) store.setState(after, true);
    catchUp.after(input);
    connection.after(input);
    if (input.type === "event" && input.event === "USER_TYPING")
      typing.heard(input.payload as ServerPayload<"USER_TYPING">);
  }

  function share(input: Input): void {
    dispatch(input);
    channel.post({ kind: "input", input });
  }

  const outbox = createOutbox({ database, link, share });
  const typing = createTyping(link, dispatch);
  const catchUp = createCatchUp({
    state,
    dispatch,
    link,
    get: rest.get,
    readMessages: (id) => readMessages(database, id),
    pause: (failures) => backoff(failures, undefined),
  });
  const history = createHistory({ state, dispatch, share, get: rest.get, hydrate: catchUp.hydrate });
  const connection = createConnection({
    url,
    profile,
    database,
    session,
    link,
    channel,
    outbox,
    state,
    dispatch,
    share,
    async catchUp() {
      await catchUp.catchUp();
      for (const id of Object.keys(state().views)) void history.fillEnd(id);
    },
  });
  const queue = createQueue({ state, share, database, outbox, channel });
  const push = createPush({ state, rest, database });

  function receive(message: TabMessage): void {
    if (message.kind === "input") take(message.input);
    else if (message.kind === "outbox") outbox.take(message.item, message.id);
    else if (message.kind === "session") void restore();
    else {
      link.receive(message);
      connection.receive(message);
    }
  }

  function take(input: Input): void {
    if (input.type !== "paged") dispatch(input);
    else void catchUp.hydrate(input.conversationId).then(() => dispatch(input));
  }

  /** What is stored, into the state; then a connection, if somebody is signed in. */
  async function restore(): Promise<void> {
    connection.stop();
    const self = await session.restore();
    const cache = self
      ? await readCache(database)
      : { conversations: [], people: [], outbox: [], drafts: {} };
    dispatch({ type: "restored", self, ...cache });
    if (!self) return;
    await connection.start();
    push.renew().catch(() => {});
  }

  async function entered(signingIn: Promise<User>): Promise<void> {
    await signingIn;
    channel.post({ kind: "session" });
    await restore();
  }

  /** The server ended the session. What was not sent stays until somebody else signs in. */
  function ended(): void {
    connection.stop();
    dispatch({ type: "signedOut", notice: "Your session has ended; sign in again" });
    channel.post({ kind: "session" });
  }

  return {
    store,
    async start() {
      void rest.config().then(
        (config) => {
          dispatch({ type: "config", config });
          push.renew().catch(() => {});
        },
        // An older gateway, or none at the moment: then without push.
        () => {},
      );
      await restore().catch((error: Error) => {
        const notice = `This browser keeps no data for this site (${error.name}); allow it, and load the page again`;
        dispatch({ type: "signedOut", notice });
      });
    },
    async close() {
      catchUp.close();
      typing.close();
      await connection.close();
      channel.close();
      database.close();
    },
    account: {
      register: (input) => entered(session.register(input)),
      signIn: (input) => entered(session.signIn(input)),
      unsent: () => state().outbox.filter(({ kind, state }) => kind !== "read" && state !== "sent").length,
      async signOut() {
        await push.disable().catch(() => {});
        connection.stop();
        dispatch({ type: "signedOut", notice: null });
        await session.end();
        channel.post({ kind: "session" });
      },
      async updateProfile(patch) {
        const self = await rest.updateProfile(patch);
        await session.keepUser(self);
        share({ type: "profile", self });
        return self;
      },
      notificationSettings: rest.notificationSettings,
      updateNotificationSettings: rest.updateNotificationSettings,
    },
    conversations: createConversations({ state, share, rest, history, catchUp, typing, queue, database }),
    messages: createMessages({ state, dispatch, rest, queue, typing }),
    search: createSearch(rest),
    attachments: {
      upload: (file, { name = (file as Partial<File>).name ?? "file", ...options } = {}) =>
        rest.upload(file, name, options),
      link: async (id, options) => `${url}${(await rest.attachment(id, options)).url}`,
    },
    push,
  };
}

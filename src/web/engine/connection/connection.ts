/**
 * This tab's part in the one connection of all tabs: whether it leads, what the state of the connection is, and what
 * is to be done when it comes and goes.
 */
import { startLeaderDuties } from "../feed/leader-duties.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { randomId } from "../random-id.ts";
import type { SessionKeeper } from "../session/session.ts";
import type { ChatState } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import type { Database } from "../storage/database.ts";
import { deviceId } from "../storage/stored-session.ts";
import { createCacheWriter } from "../storage/write-cache.ts";
import type { Channel, TabMessage } from "../tabs/channel.ts";
import { createLeadership, type Leadership } from "../tabs/leadership.ts";
import type { SharedLink } from "../tabs/shared-link.ts";
import { createSocketLink, type SocketLink } from "./socket-link.ts";
import { type ConnectionEvent, nextStatus } from "./status.ts";

/** How long one tries to come back before people are told that they are offline, in ms. */
const ALONE_AFTER = 8_000;
/** How long a leader may take to say that it lives, in ms. */
const LEADER_SILENCE = 2_500;

export interface ConnectionOptions {
  readonly url: string;
  readonly profile: string;
  readonly database: Database;
  readonly session: SessionKeeper;
  readonly link: SharedLink;
  readonly channel: Channel;
  readonly outbox: Outbox;
  readonly state: () => ChatState;
  readonly dispatch: (input: Input) => void;
  readonly share: (input: Input) => void;
  readonly catchUp: () => Promise<void>;
}

export type Connection = ReturnType<typeof createConnection>;

export function createConnection(options: ConnectionOptions) {
  const { state, dispatch, share, link, channel, outbox, database } = options;
  let leadership: Leadership | undefined;
  let socket: SocketLink | undefined;
  let duties: ReturnType<typeof startLeaderDuties> | undefined;
  let alone: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  /** Counts connections and sessions, so that what belongs to an earlier one does not go on. */
  let era = 0;
  let ending: Promise<unknown> = Promise.resolve();

  function happened(event: ConnectionEvent): void {
    const { status } = state().connection;
    const next = nextStatus(status, event);
    if (next !== status)
      dispatch({ type: "connection", connection: { status: next, ...(event === "up" && { notice: null }) } });
    clearTimeout(alone);
    if (next === "reconnecting") alone = setTimeout(() => happened("alone"), ALONE_AFTER);
  }

  /** There is a connection, this tab's or the leader's. */
  function up(): void {
    happened("up");
    const mine = ++era;
    void options.catchUp().then(() => {
      if (mine === era && link.up) happened("caught-up");
    });
    if (!leadership?.leads) return;
    duties?.connected();
    outbox.connected();
  }

  function down(): void {
    era += 1;
    happened(isOnline() ? "down" : "cut");
  }

  async function lead(): Promise<void> {
    clearTimeout(silence);
    // The former leader's connection went with it.
    if (link.up) {
      link.leaderIs(false);
      down();
    }
    const mine = era;
    const device = await deviceId(database);
    if (!leadership?.leads || mine !== era) return;
    const writer = createCacheWriter(database, state().self?.id ?? "");
    writer.assume(state());
    duties = startLeaderDuties({ state, share, link, writer });
    socket = createSocketLink({
      url: options.url,
      // Without locks every tab leads, and two of one device would throw each other out.
      deviceId: globalThis.navigator?.locks ? device : `${device}-${randomId().slice(0, 8)}`,
      token: options.session.credentials.token,
      renew: options.session.renew,
      onUp() {
        channel.post({ kind: "leading", up: true });
        up();
      },
      onDown() {
        channel.post({ kind: "leading", up: false });
        down();
      },
      onEvent: (event, payload) => share({ type: "event", event, payload }),
      onReplaced() {
        dispatch({
          type: "connection",
          connection: {
            status: "offline",
            notice: "This device is connected elsewhere; load the page again to take over",
          },
        });
      },
    });
    link.use(socket);
    await outbox.lead();
  }

  function follow(): void {
    socket?.close();
    socket = undefined;
    link.use(null);
    outbox.rest();
    const done = duties;
    duties = undefined;
    ending = ending.then(() => done?.close());
  }

  /** Asks the leader for a sign of life; a tab that somebody looks at does not wait for a frozen one. */
  function askLeader(): void {
    if (!leadership || leadership.leads) return;
    channel.post({ kind: "hello" });
    clearTimeout(silence);
    silence = setTimeout(() => {
      if (leadership && !leadership.leads && isVisible()) leadership.take();
    }, LEADER_SILENCE);
  }

  function online(): void {
    if (!leadership) return;
    if (!link.up && state().connection.status === "offline")
      dispatch({ type: "connection", connection: { status: "reconnecting" } });
    socket?.hurry();
  }

  function offline(): void {
    if (leadership && !link.up) happened("cut");
  }

  function visibility(): void {
    if (!isVisible()) return;
    askLeader();
    if (socket && !socket.up) socket.hurry();
  }

  function hidden(): void {
    // The page may never come back: what is known is written now.
    void duties?.flush();
  }

  const page = typeof window === "undefined" ? undefined : window;
  page?.addEventListener("online", online);
  page?.addEventListener("offline", offline);
  page?.addEventListener("pagehide", hidden);
  page?.document.addEventListener("visibilitychange", visibility);

  function stop(): void {
    era += 1;
    clearTimeout(alone);
    clearTimeout(silence);
    leadership?.close();
    leadership = undefined;
    follow();
  }

  return {
    async start(): Promise<void> {
      stop();
      await ending;
      dispatch({ type: "connection", connection: { status: "reconnecting", notice: null } });
      happened(isOnline() ? "down" : "cut");
      leadership = createLeadership({
        name: `nexus-${options.profile}-leader`,
        onLead: () => void lead().catch(() => {}),
        onLost() {
          follow();
          down();
          askLeader();
        },
      });
      askLeader();
    },
    stop,
    /** After every input that this tab took in. */
    after(input: Input): void {
      if (input.type === "left") outbox.left(input.conversationId);
      duties?.changed();
    },
    receive(message: TabMessage): void {
      if (message.kind === "hello" && leadership?.leads) channel.post({ kind: "leading", up: link.up });
      if (message.kind !== "leading" || !leadership || leadership.leads) return;
      clearTimeout(silence);
      const before = link.up;
      link.leaderIs(message.up);
      if (message.up && !before) up();
      else if (!message.up && before) down();
    },
    async close(): Promise<void> {
      stop();
      page?.removeEventListener("online", online);
      page?.removeEventListener("offline", offline);
      page?.removeEventListener("pagehide", hidden);
      page?.document.removeEventListener("visibilitychange", visibility);
      await ending;
    },
  };
}

function isOnline(): boolean {
  return globalThis.navigator?.onLine !== false;
}

function isVisible(): boolean {
  return typeof document === "undefined" || document.visibilityState === "visible";
}

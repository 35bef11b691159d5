import type { HealthResponse } from "../protocol/client-events.ts";
import type { Message, MessageSent } from "../protocol/message.ts";
import type { ServerPayload } from "../protocol/server-events.ts";
import type { Session as SignedIn } from "../protocol/user.ts";
import { Book, type Place } from "./book.ts";
import { Connection } from "./connection.ts";
import { Feed } from "./feed.ts";
import { request } from "./http.ts";
import { type Change, changeOf } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { ownMessage } from "./own-message.ts";
import type { StateFile, Unsent } from "./state-file.ts";
import type { View } from "./view.ts";

export type SessionOptions = {
  readonly url: string;
  readonly signIn: () => Promise<SignedIn>;
  readonly file: StateFile;
  readonly view: View;
  /** It is over: why, for a person to read. */
  readonly onEnd: (reason: string) => void;
};

const HEALTH_MS = 30_000;
const TYPING_MS = 3_000;

/** One signed-in user: the connection, what comes by it, and what goes out. */
export class Session {
  readonly book: Book;
  readonly outbox: Outbox;
  readonly feed: Feed;
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #self: string;
  #token: string;
  #place: Place | undefined;
  #typingSince = 0;
  readonly #firstUp = Promise.withResolvers<void>();
  #showing: Promise<void> = Promise.resolve();
  readonly #health: NodeJS.Timeout;
  readonly #handlers: Readonly<Record<string, (payload: never) => void>>;

  constructor(options: SessionOptions, signedIn: SignedIn) {
    const { file, view, url } = options;
    this.#options = options;
    this.#self = signedIn.user.id;
    view.self = this.#self;
    this.#token = signedIn.accessToken;
    this.book = new Book(url, () => this.#token, signedIn.user);
    view.book = this.book;
    this.#connection = new Connection({
      url,
      deviceId: file.state.deviceId,
      token: () => this.#token,
      renew: () => this.#renew(),
      onUp: () => void this.#up(),
      onDown: () => view.notice("connection lost, trying to come back…"),
      onEvent: (event, payload) => this.#heard(event, payload),
      onEnd: options.onEnd,
    });
    this.outbox = new Outbox(file, this.#connection, {
      onSent: (message, answer) => this.#sent(message, answer),
      onRefused: (message, why) => view.notice(`not sent: ${why} (${JSON.stringify(message.content)})`),
      onWaiting: (_message, why) => view.notice(`… ${why}`),
    });
    this.feed = new Feed(file, this.#connection, {
      onChanges: (id, changes, away) => this.#changed(id, changes, away),
      onFirst: (id, messages) => view.first(this.book.title(id), messages),
      onLeft: (id) => this.#left(id),
    });
    this.#handlers = this.#handlersOf(view);
    this.#health = setInterval(() => void this.#askHealth(), HEALTH_MS);
  }

  /** What is told besides the changes of conversations. */
  #handlersOf(view: View): Readonly<Record<string, (payload: never) => void>> {
    const refresh = () => void this.book.refresh().catch(() => {});
    return {
      MESSAGE_DELIVERED_UPDATE: (update: ServerPayload<"MESSAGE_DELIVERED_UPDATE">) =>
        view.receipt("received", update),
      MESSAGE_READ_UPDATE: (update: ServerPayload<"MESSAGE_READ_UPDATE">) => view.receipt("read", update),
      USER_TYPING: (typing: ServerPayload<"USER_TYPING">) => view.typing(typing),
      USER_PRESENCE_UPDATE: (presence: ServerPayload<"USER_PRESENCE_UPDATE">) => view.presence(presence),
      PARTICIPANT_ADDED: (member: ServerPayload<"PARTICIPANT_ADDED">) =>
        void this.#membersChanged(true, member),
      PARTICIPANT_REMOVED: (member: ServerPayload<"PARTICIPANT_REMOVED">) =>
        void this.#membersChanged(false, member),
      CONVERSATION_UPDATED: refresh,
      ERROR: ({ message }: ServerPayload<"ERROR">) => view.notice(message),
    };
  }

  get place(): Place | undefined {
    return this.#place;
  }

  get connection(): Connection {
    return this.#connection;
  }

  start(): void {
    this.#connection.open();
  }

  /** Resolves once connected and caught up for the first time, or after `ms`. */
  async connected(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#firstUp.promise.then(resolve);
    await promise.finally(() => clearTimeout(timer));
  }

  close(): void {
    clearInterval(this.#health);
    this.feed.close();
    this.#connection.close();
  }

  /** Turns to a conversation or a person. */
  async enter(place: Place): Promise<void> {
    this.#place = place;
    this.#options.view.enter(place);
    if (place.conversationId !== undefined) await this.history(10);
  }

  /** Shows the last messages of the open conversation. @throws as `request`. */
  async history(count: number): Promise<void> {
    const id = this.#place?.conversationId;
    if (id === undefined) return;
    const path = `/messages/conversation/${id}?limit=${count}`;
    const answer = await request<Message[] | { messages: Message[] }>(this.#options.url, "GET", path, {
      token: this.#token,
    });
    const messages = (Array.isArray(answer) ? answer : answer.messages).toSorted((a, b) => a.seq - b.seq);
    this.#options.view.history(messages);
    const last = messages.at(-1);
    if (last) this.#read(last);
  }

  /** Says something where we are; it is on disk before this returns. */
  say(content: string): boolean {
    const place = this.#place;
    if (!place) return false;
    const target =
      place.conversationId === undefined
        ? { receiverId: place.receiverId as string }
        : { conversationId: place.conversationId };
    this.typing(false);
    this.outbox.add({ tempId: crypto.randomUUID(), content, ...target });
    return true;
  }

  /** The user is, or is no longer, writing: told at most every few seconds. */
  typing(writing: boolean): void {
    const place = this.#place;
    if (!place || (!writing && this.#typingSince === 0)) return;
    if (writing && Date.now() - this.#typingSince < TYPING_MS) return;
    this.#typingSince = writing ? Date.now() : 0;
    const { conversationId, receiverId } = place;
    const target = conversationId === undefined ? { receiverId } : { conversationId };
    this.#connection.tell(writing ? "TYPING_START" : "TYPING_STOP", target);
  }

  async #renew(): Promise<void> {
    this.#token = (await this.#options.signIn()).accessToken;
  }

  async #up(): Promise<void> {
    this.#options.view.notice("connected");
    await this.book.refresh().catch(() => {});
    await this.feed.sync(true);
    this.#firstUp.resolve();
    await this.outbox.pump();
  }

  async #askHealth(): Promise<void> {
    const answer = await this.#connection.ask<HealthResponse>("HEALTH_CHECK", {});
    if (answer?.ok) this.feed.compare(answer.data.versions);
  }

  #heard(event: string, payload: unknown): void {
    const found = changeOf(event, payload);
    if (found) {
      this.feed.receive(found.conversationId, found.change);
      return;
    }
    this.#handlers[event]?.(payload as never);
  }

  async #membersChanged(added: boolean, member: ServerPayload<"PARTICIPANT_ADDED">): Promise<void> {
    if (!added && member.userId === this.#self) {
      this.feed.leave(member.conversationId);
      return;
    }
    await this.book.refresh().catch(() => {});
    this.#options.view.member(added, member);
  }

  #left(id: string): void {
    this.#options.view.notice(`you are no longer in ${this.book.title(id)}`);
    if (this.#place?.conversationId === id) {
      this.#place = undefined;
      this.#options.view.enter(undefined);
    }
  }

  #sent(message: Unsent, answer: MessageSent): void {
    const { conversationId, seq, version, timestamp, dbMessageId } = answer;
    // The first message to somebody has made the conversation.
    if (this.#place && message.receiverId !== undefined && this.#place.receiverId === message.receiverId) {
      this.#place = { title: this.#place.title, conversationId };
      this.#options.view.enter(this.#place);
    }
    this.#options.view.sent(conversationId, seq);
    if (answer.duplicate) {
      this.feed.compare({ [conversationId]: version });
      return;
    }
    const own = ownMessage(message, this.#self, { conversationId, seq, version, timestamp, id: dbMessageId });
    this.feed.receive(conversationId, { kind: "message", version, message: own });
  }

  #changed(conversationId: string, changes: readonly Change[], away: boolean): void {
    const known = this.book.conversation(conversationId) !== undefined;
    // Names first, else the message of a stranger would be shown as that of a number.
    this.#showing = this.#showing
      .then(() => (known ? undefined : this.book.refresh().catch(() => {})))
      .then(() => this.#options.view.changes(conversationId, changes, away));
    const last = changes.findLast((change) => change.kind === "message");
    if (last?.kind !== "message" || last.message.senderId === this.#self) return;
    this.#connection.tell("MESSAGE_DELIVERED", { conversationId, seq: last.message.seq });
    if (this.#place?.conversationId === conversationId) this.#read(last.message);
  }

  #read(message: Message): void {
    this.#connection.tell("MESSAGE_READ", { conversationId: message.conversationId, seq: message.seq });
  }
}

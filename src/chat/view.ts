import type { Message } from "../protocol/message.ts";
import type { ServerPayload } from "../protocol/server-events.ts";
import type { Book, Place } from "./book.ts";
import type { Change } from "./inbox.ts";
import { messageLine } from "./lines.ts";
import { plainText } from "./plain-text.ts";
import { Receipts } from "./receipts.ts";
import type { Screen } from "./screen.ts";

// The server says when typing ends, but its last word may be lost with a connection.
const TYPING_MS = 6_000;

/** Puts what happens into words on the screen, and remembers the messages that were shown, by their numbers. */
export class View {
  book: Book | undefined;
  self = "";
  readonly #screen: Screen;
  readonly #receipts = new Receipts();
  readonly #shown = new Map<string, Map<number, Message>>();
  readonly #typing = new Map<string, NodeJS.Timeout>();
  readonly #online = new Map<string, string>();
  #place: Place | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  notice(text: string): void {
    this.#screen.print(this.#screen.paint("dim", `  ${plainText(text)}`));
  }

  enter(place: Place | undefined): void {
    const before = this.#place?.title;
    this.#place = place;
    if (place && place.title !== before) {
      this.#screen.print(
        this.#screen.paint("bold", `── ${place.title} ${"─".repeat(Math.max(3, 50 - place.title.length))}`),
      );
    }
    this.#reprompt();
  }

  /** A shown message: the one with this number, else the last one, of one's own if asked so. */
  find(seq: number | undefined, own = false): Message | undefined {
    const messages = this.#shown.get(this.#place?.conversationId ?? "");
    if (!messages) return undefined;
    if (seq !== undefined) return messages.get(seq);
    return [...messages.values()]
      .filter((message) => !message.deletedAt && (!own || message.senderId === this.self))
      .reduce<Message | undefined>((last, m) => (!last || m.seq > last.seq ? m : last), undefined);
  }

  history(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#remember(message);
      this.#screen.print(this.#line(message));
    }
    if (messages.length === 0) this.notice("nothing has been said here yet");
    this.#reprompt();
  }

  /** The first look at a conversation on this device. */
  first(title: string, messages: number): void {
    if (messages > 0) this.notice(`${title}: ${messages} message${messages === 1 ? "" : "s"} until now`);
  }

  changes(conversationId: string, changes: readonly Change[], away: boolean): void {
    const here = this.#place?.conversationId === conversationId;
    const title = this.book?.title(conversationId) ?? "";
    if (away) this.notice(`while you were away${here ? "" : ` in ${title}`}:`);
    const prefix = here || away ? "" : this.#screen.paint("yellow", `[${title}] `);
    for (const change of changes) {
      const line = this.#changeLine(conversationId, change);
      if (line !== undefined) this.#screen.print(`${prefix}${line}`);
    }
  }

  /** One's own message has its number. */
  sent(conversationId: string, seq: number): void {
    this.#receipts.sent(conversationId, seq);
  }

  receipt(
    what: "received" | "read",
    update: { readonly conversationId: string; readonly userId: string; readonly seq: number },
  ): void {
    const { conversationId, userId, seq } = update;
    if (userId === this.self) return;
    const last = this.#receipts.advance(what, conversationId, userId, seq);
    if (last === undefined || this.#place?.conversationId !== conversationId) return;
    const style = what === "read" ? "green" : "dim";
    this.#screen.print(this.#screen.paint(style, `  ✓✓ ${this.#name(userId)} ${what} #${last}`));
  }

  typing({ userId, conversationId, isTyping }: ServerPayload<"USER_TYPING">): void {
    if (userId === this.self || conversationId !== this.#place?.conversationId) return;
    clearTimeout(this.#typing.get(userId));
    this.#typing.delete(userId);
    if (isTyping)
      this.#typing.set(
        userId,
        setTimeout(() => this.#stopped(userId), TYPING_MS),
      );
    this.#reprompt();
  }

  presence({ userId, status }: ServerPayload<"USER_PRESENCE_UPDATE">): void {
    if (userId === this.self || this.#online.get(userId) === status) return;
    this.#online.set(userId, status);
    this.notice(`${status === "online" ? "●" : "○"} ${this.#name(userId)} is ${status}`);
  }

  member(
    added: boolean,
    { conversationId, userId, by }: { conversationId: string; userId: string; by: string },
  ): void {
    const what = added ? "added" : userId === by ? "left" : "removed";
    const who =
      userId === by && !added ? this.#name(userId) : `${this.#name(by)} ${what} ${this.#name(userId)}`;
    this.notice(`${this.book?.title(conversationId) ?? ""}: ${who}${userId === by && !added ? " left" : ""}`);
  }

  close(): void {
    for (const timer of this.#typing.values()) clearTimeout(timer);
  }

  #stopped(userId: string): void {
    this.#typing.delete(userId);
    this.#reprompt();
  }

  #changeLine(conversationId: string, change: Change): string | undefined {
    switch (change.kind) {
      case "message":
        this.#remember(change.message);
        if (this.#typing.has(change.message.senderId))
          this.typing({ userId: change.message.senderId, conversationId, isTyping: false });
        return this.#line(change.message);
      case "changed":
        this.#remember(change.message);
        return this.#screen.paint("dim", "~ ") + this.#line(change.message);
      case "edited": {
        const { id, content, editedAt } = change.edit;
        return this.#patched(conversationId, id, { content, isEdited: true, editedAt });
      }
      case "deleted": {
        const { id, content, deletedAt } = change.deletion;
        return this.#patched(conversationId, id, { content, deletedAt, reactions: [] });
      }
      case "reaction": {
        const { messageId, userId, emoji } = change.reaction;
        const seq = this.#byId(conversationId, messageId)?.seq;
        const which = seq === undefined ? "a message" : `#${seq}`;
        const what = change.added ? "reacted to" : "took back from";
        return this.#screen.paint("dim", `  ${this.#name(userId)} ${what} ${which} ${plainText(emoji, "")}`);
      }
    }
  }

  #patched(conversationId: string, id: string, patch: Partial<Message>): string | undefined {
    const known = this.#byId(conversationId, id);
    if (!known) return this.#screen.paint("dim", "  an earlier message was changed");
    const message = { ...known, ...patch };
    this.#remember(message);
    return this.#screen.paint("dim", "~ ") + this.#line(message);
  }

  #line(message: Message): string {
    const own = message.senderId === this.self;
    const line = messageLine(message, own ? "you" : this.#name(message.senderId));
    return own ? `${line} ${this.#screen.paint("dim", "✓")}` : line;
  }

  #remember(message: Message): void {
    const messages = this.#shown.get(message.conversationId) ?? new Map<number, Message>();
    messages.set(message.seq, message);
    this.#shown.set(message.conversationId, messages);
    if (message.senderId === this.self) this.#receipts.sent(message.conversationId, message.seq);
  }

  #byId(conversationId: string, id: string): Message | undefined {
    return [...(this.#shown.get(conversationId)?.values() ?? [])].find((message) => message.id === id);
  }

  #name(userId: string): string {
    return this.book?.name(userId) ?? plainText(userId);
  }

  #reprompt(): void {
    const typing = [...this.#typing.keys()].map((id) => this.#name(id));
    const writes =
      typing.length === 0 ? "" : `(${typing.join(", ")} ${typing.length > 1 ? "are" : "is"} typing…) `;
    this.#screen.prompt(`${writes}${this.#place?.title ?? ""}> `);
  }
}

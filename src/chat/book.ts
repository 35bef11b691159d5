import type { Conversation } from "../protocol/conversation.ts";
import type { User } from "../protocol/user.ts";
import { request } from "./http.ts";
import { plainName } from "./plain-text.ts";

/** What can be talked to: a conversation, or a person with whom there is none yet. */
export type Place = {
  readonly title: string;
  readonly conversationId?: string;
  readonly receiverId?: string;
};

/** Who and what there is: the user's conversations and everybody's names, as the server last told them. */
export class Book {
  readonly #url: string;
  readonly #token: () => string;
  readonly #self: string;
  readonly #names = new Map<string, string>();
  #conversations: Conversation[] = [];

  constructor(url: string, token: () => string, self: User) {
    this.#url = url;
    this.#token = token;
    this.#self = self.id;
    this.#names.set(self.id, plainName(self.name));
  }

  get conversations(): readonly Conversation[] {
    return this.#conversations;
  }

  /** Asks the server anew. @throws as `request`. */
  async refresh(): Promise<void> {
    const answer = await request<Conversation[] | { conversations: Conversation[] }>(
      this.#url,
      "GET",
      "/conversations?limit=100",
      { token: this.#token() },
    );
    this.#conversations = Array.isArray(answer) ? answer : answer.conversations;
    for (const { participants } of this.#conversations) {
      for (const { userId, user } of participants) if (user) this.#names.set(userId, plainName(user.name));
    }
  }

  name(userId: string): string {
    return this.#names.get(userId) ?? plainName(userId);
  }

  conversation(id: string): Conversation | undefined {
    return this.#conversations.find((conversation) => conversation.id === id);
  }

  /** A conversation's name, or that of the other person in it. */
  title(id: string): string {
    const conversation = this.conversation(id);
    if (!conversation) return "a new conversation";
    if (conversation.type !== "DIRECT") return plainName(conversation.name ?? "(no name)");
    const other = conversation.participants.find((participant) => participant.userId !== this.#self);
    return other ? this.name(other.userId) : "yourself";
  }

  /**
   * What a name may mean, best first: a conversation by its title or the beginning of it, else people by name or
   * e-mail address. @throws as `request`.
   */
  async find(name: string): Promise<Place[]> {
    const wanted = name.toLowerCase();
    const places = this.#conversations.map(({ id }) => ({ title: this.title(id), conversationId: id }));
    const exact = places.filter((place) => place.title.toLowerCase() === wanted);
    if (exact.length > 0) return exact;
    const beginning = places.filter((place) => place.title.toLowerCase().startsWith(wanted));
    if (beginning.length > 0) return beginning;
    const query = `/users?limit=10&q=${encodeURIComponent(name)}`;
    const answer = await request<User[] | { users: User[] }>(this.#url, "GET", query, {
      token: this.#token(),
    });
    const users = (Array.isArray(answer) ? answer : answer.users).filter((user) => user.id !== this.#self);
    return users.map((user) => {
      this.#names.set(user.id, plainName(user.name));
      return this.#direct(user.id) ?? { title: plainName(user.name), receiverId: user.id };
    });
  }

  #direct(userId: string): Place | undefined {
    const found = this.#conversations.find(
      ({ type, participants }) => type === "DIRECT" && participants.some((p) => p.userId === userId),
    );
    return found && { title: this.title(found.id), conversationId: found.id };
  }
}

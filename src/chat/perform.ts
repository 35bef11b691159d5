import type { WireError } from "../protocol/errors.ts";
import type { ServerPayload } from "../protocol/server-events.ts";
import type { Place } from "./book.ts";
import { type Command, HELP, readCommand } from "./commands.ts";
import { plainText } from "./plain-text.ts";
import type { Screen } from "./screen.ts";
import type { Session } from "./session.ts";
import type { View } from "./view.ts";

/** Does what a line asks for. @throws what `request` throws, with a message that may be shown. */
export async function perform(line: string, session: Session, view: View, screen: Screen): Promise<void> {
  const command = readCommand(line);
  switch (command.do) {
    case "nothing":
      return;
    case "wrong":
      return view.notice(command.why);
    case "help":
      return screen.print(HELP);
    case "quit":
      return screen.close();
    case "send":
      if (!session.say(command.text))
        view.notice("to whom? /list shows what there is, /open <name> opens it");
      return;
    case "open":
      return openPlace(command.name, session, view);
    case "list":
      return list(session, screen, view);
    case "history":
      return session.place
        ? session.history(command.count)
        : view.notice("open a conversation first: /open <name>");
    case "who":
      return who(session, view);
    default:
      return change(command, session, view);
  }
}

/** Opens what the name means; if it may mean several things, says so. */
export async function openPlace(name: string, session: Session, view: View): Promise<void> {
  await session.book.refresh();
  const found = await session.book.find(name);
  const [only] = found;
  if (!only)
    view.notice(`nobody and nothing here is called ${name}; an e-mail address finds a person for sure`);
  else if (found.length === 1) await session.enter(only);
  else view.notice(`which one? ${found.map((place: Place) => place.title).join(", ")}`);
}

async function list(session: Session, screen: Screen, view: View): Promise<void> {
  await session.book.refresh();
  for (const { id, type, unreadCount, memberCount, lastMessage } of session.book.conversations) {
    const who = type === "DIRECT" ? "" : ` (${memberCount})`;
    const unread = unreadCount > 0 ? screen.paint("yellow", ` ${unreadCount} new`) : "";
    const last = lastMessage
      ? screen.paint("dim", `  ${plainText(lastMessage.content, "").split("\n")[0]?.slice(0, 50)}`)
      : "";
    screen.print(`  ${screen.paint("bold", session.book.title(id))}${who}${unread}${last}`);
  }
  if (session.book.conversations.length === 0)
    view.notice("no conversations yet: /open <name or e-mail> begins one");
}

async function who(session: Session, view: View): Promise<void> {
  const conversation = session.book.conversation(session.place?.conversationId ?? "");
  const userIds = conversation?.participants.map(({ userId }) => userId);
  const answer = await session.connection.ask<ServerPayload<"ONLINE_USERS">>(
    "GET_ONLINE_USERS",
    userIds ? { userIds } : {},
  );
  if (!answer?.ok) return view.notice(whyNot(answer?.error));
  const online = new Map(answer.data.users.map((user) => [user.userId, user.status]));
  for (const userId of userIds ?? online.keys()) {
    const role = conversation?.participants.find((p) => p.userId === userId)?.role;
    const status = online.get(userId) ?? "offline";
    const mark = status === "offline" ? "○" : "●";
    view.notice(
      `${mark} ${session.book.name(userId)} ${status}${role && role !== "MEMBER" ? ` (${role.toLowerCase()})` : ""}`,
    );
  }
  if (!userIds && online.size === 0) view.notice("nobody you know is online");
}

async function change(
  command: Command & { do: "edit" | "delete" | "react" },
  session: Session,
  view: View,
): Promise<void> {
  await session.outbox.pump(); // what was just said has its number only then
  const message = view.find(command.seq, command.do !== "react");
  if (!message) return view.notice("there is no such message on the screen: /history shows more");
  const messageId = message.id;
  const [event, payload] = requestOf(command, messageId);
  const answer = await session.connection.ask<{ conversationId: string; version: number }>(event, payload);
  if (!answer?.ok) return view.notice(whyNot(answer?.error));
  // The others are told by an event; this device asks for it in its place among other people's changes.
  session.feed.compare({ [answer.data.conversationId]: answer.data.version });
}

function requestOf(command: Command & { do: "edit" | "delete" | "react" }, messageId: string) {
  switch (command.do) {
    case "edit":
      return ["EDIT_MESSAGE", { messageId, content: command.text }] as const;
    case "delete":
      return ["DELETE_MESSAGE", { messageId }] as const;
    case "react": {
      const event = command.present ? "ADD_REACTION" : "REMOVE_REACTION";
      return [event, { messageId, emoji: command.emoji }] as const;
    }
  }
}

function whyNot(error: WireError | undefined): string {
  return error?.message ?? "no answer: the connection is down; try again in a moment";
}

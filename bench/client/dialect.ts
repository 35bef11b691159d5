/** Where the two servers differ on the wire: how a client that comes back asks for what it missed. */
export type TargetName = "nexus" | "baseline";

/** What a client knows of its one conversation before it goes. */
export interface Known {
  conversationId: string;
  version: number;
  /** ISO 8601, of the last message. */
  timestamp: string;
}

/** The event by which a client that knows `known` catches up: name and payload as JSON. */
export function catchUp(target: TargetName, known: Known): string {
  return target === "nexus"
    ? `"SYNC",{"conversations":{"${known.conversationId}":${known.version}}}`
    : `"MESSAGES_SINCE",{"since":"${known.timestamp}"}`;
}

/** What a client knows once it has seen the message in this NEW_MESSAGE frame. */
export function learn(frame: string): Known {
  const message = JSON.parse(frame.slice(frame.indexOf("[")))[1] as Partial<Known>;
  return {
    conversationId: message.conversationId ?? "",
    version: message.version ?? 0,
    timestamp: message.timestamp ?? "",
  };
}

/**
 * The benchmark's message numbers in the answer to `catchUp`, in its order; throws when the answer is an error
 * or says that it is not complete.
 */
export function caughtUp(frame: string): number[] {
  const answer = JSON.parse(frame.slice(frame.indexOf("[")))[0] as {
    ok: boolean;
    data?: {
      conversations?: { limited: boolean; messages: { content: string }[] }[];
      messages?: { content: string }[];
    };
  };
  const parts = answer.data?.conversations ?? [{ limited: false, messages: answer.data?.messages ?? [] }];
  if (!answer.ok || parts.some((part) => part.limited)) throw new Error(frame.slice(0, 300));
  return parts.flatMap((part) => part.messages.map((message) => Number(message.content.split("|")[2])));
}

import { describe, expect, test } from "vitest";
import { ownMessage } from "./own-message.ts";
import { type Change, changeOf, Replica } from "./replica.ts";

const at = "2026-01-01T00:00:00.000Z";

function message(seq: number, version: number, content = `message ${seq}`) {
  const sent = {
    messageId: `t${seq}`,
    dbMessageId: `m${seq}`,
    conversationId: "c",
    seq,
    version,
    timestamp: at,
  };
  return ownMessage("alice", { content, tempId: `t${seq}` }, sent);
}
function live(event: string, payload: object): Change {
  return changeOf(event, { conversationId: "c", ...payload })!.change;
}
function contents(replica: Replica) {
  return replica.ordered().map((m) => m.content);
}

describe("a replica of a conversation", () => {
  test("applies live changes in the order of their versions, whatever order they come in", () => {
    const replica = new Replica("c");
    replica.receive(live("NEW_MESSAGE", message(2, 2)));
    expect([contents(replica), replica.version, replica.behind]).toEqual([[], 0, true]);
    replica.receive(live("MESSAGE_EDITED", { id: "m1", version: 3, content: "better", editedAt: at }));
    replica.receive(live("NEW_MESSAGE", message(1, 1)));
    expect([contents(replica), replica.version, replica.behind]).toEqual([["better", "message 2"], 3, false]);
  });

  test("ignores what it has already", () => {
    const replica = new Replica("c");
    replica.receive(live("NEW_MESSAGE", message(1, 1)));
    replica.receive(live("MESSAGE_DELETED", { id: "m1", version: 2, deletedAt: at }));
    replica.receive(live("NEW_MESSAGE", message(1, 1)));
    expect(contents(replica)).toEqual(["This message has been deleted"]);
  });

  test("counts reactions by person", () => {
    const replica = new Replica("c");
    replica.receive(live("NEW_MESSAGE", message(1, 1)));
    replica.receive(
      live("REACTION_ADDED", { messageId: "m1", version: 2, userId: "bob", emoji: "👍", count: 1 }),
    );
    replica.receive(
      live("REACTION_ADDED", { messageId: "m1", version: 3, userId: "eve", emoji: "👍", count: 2 }),
    );
    replica.receive(
      live("REACTION_REMOVED", { messageId: "m1", version: 4, userId: "bob", emoji: "👍", count: 1 }),
    );
    expect(replica.ordered()[0]?.reactions).toEqual([{ emoji: "👍", userIds: ["eve"], count: 1 }]);
  });

  test("a SYNC answer fills the gap and lets what waited follow", () => {
    const replica = new Replica("c");
    replica.receive(live("NEW_MESSAGE", message(1, 1)));
    replica.receive(live("NEW_MESSAGE", message(4, 5)));
    const edited = { ...message(2, 4), content: "edited" };
    replica.merge({ id: "c", version: 4, limited: false, messages: [message(3, 3), edited], receipts: [] });
    expect(contents(replica)).toEqual(["message 1", "edited", "message 3", "message 4"]);
    expect([replica.version, replica.behind]).toEqual([5, false]);
  });

  test("a limited answer brings it to the cursor only, a late one takes nothing back", () => {
    const replica = new Replica("c");
    replica.merge({
      id: "c",
      version: 9,
      limited: true,
      cursor: 2,
      messages: [message(1, 1), message(2, 2)],
      receipts: [],
    });
    expect(replica.version).toBe(2);
    replica.receive(live("MESSAGE_EDITED", { id: "m2", version: 3, content: "new", editedAt: at }));
    replica.merge({ id: "c", version: 2, limited: false, messages: [message(2, 2)], receipts: [] });
    expect([contents(replica), replica.version]).toEqual([["message 1", "new"], 3]);
  });
});

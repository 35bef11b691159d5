import { describe, expect, test } from "vitest";
import type { ConversationType, Role } from "../protocol/conversation.ts";
import { roles } from "../protocol/conversation.ts";
import {
  atLeast,
  mayAddParticipants,
  mayChangeConversation,
  mayDeleteConversation,
  mayGiveRole,
  mayModerate,
  outranks,
} from "./policy.ts";

const larger: ConversationType[] = ["GROUP", "SPACE", "COMMUNITY"];

function standing(role: Role, type: ConversationType = "GROUP", more: object = {}) {
  return { role, type, settings: {}, permissions: {}, muted: false, ...more };
}

describe.each(larger)("in a %s", (type) => {
  // Who may do what, from the most to the least powerful.
  test.each<[what: string, may: (role: Role) => boolean, allowed: Role[]]>([
    ["change it", (role) => mayChangeConversation(standing(role, type)), ["OWNER", "ADMIN"]],
    ["delete it", (role) => mayDeleteConversation(standing(role, type)), ["OWNER"]],
    ["add people", (role) => mayAddParticipants(standing(role, type)), ["OWNER", "ADMIN", "MODERATOR"]],
    [
      "add people where members may",
      (role) => mayAddParticipants(standing(role, type, { settings: { membersCanAdd: true } })),
      [...roles],
    ],
    [
      "add people by a permission of one's own",
      (role) => mayAddParticipants(standing(role, type, { permissions: { canAddParticipants: true } })),
      [...roles],
    ],
    ["remove an owner", (role) => mayModerate(standing(role, type), { role: "OWNER" }), []],
    ["remove an admin", (role) => mayModerate(standing(role, type), { role: "ADMIN" }), ["OWNER"]],
    [
      "remove a moderator",
      (role) => mayModerate(standing(role, type), { role: "MODERATOR" }),
      ["OWNER", "ADMIN"],
    ],
    [
      "remove a member",
      (role) => mayModerate(standing(role, type), { role: "MEMBER" }),
      ["OWNER", "ADMIN", "MODERATOR"],
    ],
    [
      "make an owner of a member",
      (role) => mayGiveRole(standing(role, type), { role: "MEMBER" }, "OWNER"),
      ["OWNER"],
    ],
    [
      "make an admin of a member",
      (role) => mayGiveRole(standing(role, type), { role: "MEMBER" }, "ADMIN"),
      ["OWNER"],
    ],
    [
      "make a moderator of a member",
      (role) => mayGiveRole(standing(role, type), { role: "MEMBER" }, "MODERATOR"),
      ["OWNER", "ADMIN"],
    ],
    [
      "make a member of an admin",
      (role) => mayGiveRole(standing(role, type), { role: "ADMIN" }, "MEMBER"),
      ["OWNER"],
    ],
    [
      "make a member of an owner",
      (role) => mayGiveRole(standing(role, type), { role: "OWNER" }, "MEMBER"),
      ["OWNER"],
    ],
  ])("who may %s", (_, may, allowed) => {
    expect(roles.filter(may)).toEqual(allowed);
  });
});

test("nobody changes, deletes, joins, moderates or ranks in a DIRECT conversation, whatever it says", () => {
  const generous = { settings: { membersCanAdd: true }, permissions: { canAddParticipants: true } };
  for (const role of roles) {
    const actor = standing(role, "DIRECT", generous);
    expect(mayChangeConversation(actor)).toBe(false);
    expect(mayDeleteConversation(actor)).toBe(false);
    expect(mayAddParticipants(actor)).toBe(false);
    for (const other of roles) {
      expect(mayModerate(actor, { role: other })).toBe(false);
      for (const given of roles) expect(mayGiveRole(actor, { role: other }, given)).toBe(false);
    }
  }
});

test("nobody but an owner acts on somebody of their own rank or above, or gives a rank not below their own", () => {
  for (const role of roles.filter((r) => r !== "OWNER"))
    for (const other of roles)
      for (const given of roles) {
        if (!outranks(role, other)) expect(mayModerate(standing(role), { role: other })).toBe(false);
        if (!outranks(role, given)) expect(mayGiveRole(standing(role), { role: other }, given)).toBe(false);
      }
});

test("ranks are ordered", () => {
  for (const [i, high] of roles.entries())
    for (const [j, low] of roles.entries()) {
      expect(atLeast(high, low)).toBe(i <= j);
      expect(outranks(high, low)).toBe(i < j);
    }
});

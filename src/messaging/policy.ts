/** Who may do what in a conversation: pure, one function for each question. */
import type { ConversationType, Role } from "../protocol/conversation.ts";
import { roles } from "../protocol/conversation.ts";
import type { Access } from "../store/conversations.ts";

/** Whether `role` is at least `least`: OWNER, ADMIN, MODERATOR, MEMBER from most to least. */
export function atLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(least);
}

export function outranks(role: Role, other: Role): boolean {
  return roles.indexOf(role) < roles.indexOf(other);
}

type Standing = Pick<Access, "role" | "settings" | "permissions" | "muted"> & { type: ConversationType };

/** Name, description, settings, rate limit, archiving. Nobody owns a direct conversation. */
export function mayChangeConversation(actor: Standing): boolean {
  return actor.type !== "DIRECT" && atLeast(actor.role, "ADMIN");
}

export function mayDeleteConversation(actor: Standing): boolean {
  return actor.type !== "DIRECT" && actor.role === "OWNER";
}

/** Members may add people where the conversation or a permission of their own says so; two people stay two. */
export function mayAddParticipants(actor: Standing): boolean {
  if (actor.type === "DIRECT") return false;
  return (
    atLeast(actor.role, "MODERATOR") ||
    actor.permissions.canAddParticipants === true ||
    actor.settings.membersCanAdd === true
  );
}

/** To remove, ban, mute or change somebody takes a higher role than theirs, MODERATOR at least. */
export function mayModerate(actor: Standing, subject: { role: Role }): boolean {
  return actor.type !== "DIRECT" && atLeast(actor.role, "MODERATOR") && outranks(actor.role, subject.role);
}

/** Roles are given by admins and above, below their own; an owner may also make another owner. */
export function mayGiveRole(actor: Standing, subject: { role: Role }, role: Role): boolean {
  if (actor.type === "DIRECT" || !atLeast(actor.role, "ADMIN")) return false;
  if (actor.role === "OWNER") return true;
  return outranks(actor.role, subject.role) && outranks(actor.role, role);
}

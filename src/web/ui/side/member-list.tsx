import { EllipsisVertical, ShieldCheck, ShieldMinus, UserMinus, Volume2, VolumeX } from "lucide-react";
import type { Participant } from "../../../protocol/conversation.ts";
import { Confirm } from "../dialogs/lazy.tsx";
import { PersonFace } from "../list/person-row.tsx";
import { openDialog, openMenu } from "../overlay/overlay-store.ts";
import { IconButton } from "../parts/button.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import { goTo } from "../shell/route.ts";
import styles from "./member-list.module.css";

const roles = { OWNER: "owner", ADMIN: "admin", MODERATOR: "moderator", MEMBER: "" } as const;
const rank = ["OWNER", "ADMIN", "MODERATOR", "MEMBER"] as const;

/** Who is in a group, the powerful first; whoever manages it can change that. */
export function MemberList({ conversationId, manages }: { conversationId: string; manages: boolean }) {
  const client = useClient();
  const participants = useChat((state) => state.conversations[conversationId]?.participants ?? none);
  const count = useChat((state) => state.conversations[conversationId]?.memberCount ?? 0);
  const people = useChat((state) => state.people);
  const self = useChat((state) => state.self);
  const named = participants
    .filter(({ status }) => status === "ACTIVE" || status === "MUTED")
    .map((participant) => ({ ...participant, name: nameOf(participant) }))
    .sort((a, b) => rank.indexOf(a.role) - rank.indexOf(b.role) || a.name.localeCompare(b.name));

  function nameOf({ userId, user }: Participant): string {
    return userId === self?.id ? self.name : (people[userId]?.name ?? user?.name ?? "Somebody");
  }

  function openFor({ userId, role, status, name }: (typeof named)[number], anchor: HTMLElement) {
    const change = (patch: Parameters<typeof client.conversations.updateParticipant>[2]) => () =>
      void attempt(() => client.conversations.updateParticipant(conversationId, userId, patch));
    openMenu({
      label: name,
      anchor,
      groups: [
        [
          role === "ADMIN"
            ? { label: "Take admin rights", icon: ShieldMinus, onSelect: change({ role: "MEMBER" }) }
            : { label: "Make admin", icon: ShieldCheck, onSelect: change({ role: "ADMIN" }) },
          status === "MUTED"
            ? { label: "Let write again", icon: Volume2, onSelect: change({ status: "ACTIVE" }) }
            : { label: "Do not let write", icon: VolumeX, onSelect: change({ status: "MUTED" }) },
        ],
        [
          {
            label: "Remove from group",
            icon: UserMinus,
            danger: true,
            onSelect: () =>
              openDialog(
                <Confirm
                  title={`Remove ${name}?`}
                  text="They no longer get messages of this group."
                  action="Remove"
                  run={() => client.conversations.removeParticipant(conversationId, userId)}
                />,
              ),
          },
        ],
      ],
    });
  }

  return (
    <section aria-label="Members">
      <h2 className={styles.heading}>Members</h2>
      <ul>
        {named.map((member) => (
          <li key={member.userId} className={styles.member}>
            <button
              type="button"
              className={styles.person}
              disabled={member.userId === self?.id}
              onClick={() =>
                attempt(async () =>
                  goTo({ conversationId: await client.conversations.startDirect(member.userId) }),
                )
              }
            >
              <PersonFace
                person={{
                  id: member.userId,
                  name: member.name,
                  avatarUrl: people[member.userId]?.avatarUrl ?? member.user?.avatarUrl,
                }}
                size={38}
                {...(member.userId === self?.id && { note: "you" })}
              />
              {(roles[member.role] || member.status === "MUTED") && (
                <span className={styles.role}>
                  {member.status === "MUTED" ? "may not write" : roles[member.role]}
                </span>
              )}
            </button>
            {manages && member.userId !== self?.id && member.role !== "OWNER" && (
              <IconButton
                icon={EllipsisVertical}
                look="small"
                size={17}
                tip="none"
                label={`Manage ${member.name}`}
                aria-haspopup="menu"
                onClick={(event) => openFor(member, event.currentTarget)}
              />
            )}
          </li>
        ))}
      </ul>
      {count > named.length && <p className={styles.more}>and {count - named.length} more</p>}
    </section>
  );
}

const none: readonly Participant[] = [];

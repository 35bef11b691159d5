import { Bell, BellOff, LogOut, UserPlus } from "lucide-react";
import { useState } from "react";
import { selectPeer, selectTitle } from "../../engine/state/selectors.ts";
import { AddPeople, Confirm } from "../dialogs/lazy.tsx";
import { lastSeenText } from "../format/time.ts";
import { leaving } from "../list/conversation-menu.tsx";
import { isMuted } from "../list/muted.ts";
import { openDialog } from "../overlay/overlay-store.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import styles from "./info-side.module.css";
import { MemberList } from "./member-list.tsx";
import { SideFrame } from "./side-frame.tsx";

/** Who somebody is, or what a group is and who is in it. */
export function InfoSide({ conversationId: id }: { conversationId: string }) {
  const client = useClient();
  const conversation = useChat((state) => state.conversations[id]);
  const title = useChat((state) => selectTitle(state, id));
  const peer = useChat((state) => selectPeer(state, id));
  const person = useChat((state) => (peer === null ? undefined : state.people[peer]));
  const presence = useChat((state) => (peer === null ? undefined : state.presence[peer]));
  const self = useChat((state) => state.self?.id);
  const [editing, setEditing] = useState(false);
  if (!conversation) return null;
  const me = conversation.participants.find(({ userId }) => userId === self);
  const manages = me?.role === "OWNER" || me?.role === "ADMIN";
  const adds = manages || me?.permissions.canAddParticipants || conversation.settings.membersCanAdd;
  const muted = isMuted(conversation.notificationSettings);
  const group = peer === null;

  return (
    <SideFrame conversationId={id} title={group ? "Group info" : "Profile"}>
      <div className={styles.scroller}>
        <section className={styles.face} aria-label={title}>
          <Avatar id={peer ?? id} name={title} url={person?.avatarUrl} size={104} group={group} />
          {editing ? (
            <Rename id={id} onDone={() => setEditing(false)} />
          ) : (
            <>
              <p className={styles.name} dir="auto">
                {title}
              </p>
              <p className={styles.status}>
                {group
                  ? `${conversation.memberCount} ${conversation.memberCount === 1 ? "member" : "members"}`
                  : presence?.status === "online"
                    ? "online"
                    : lastSeenText(presence?.lastSeen ?? person?.lastSeen)}
              </p>
              {conversation.description && (
                <p className={styles.description} dir="auto">
                  {conversation.description}
                </p>
              )}
              {group && manages && (
                <Button look="quiet" onClick={() => setEditing(true)}>
                  Edit
                </Button>
              )}
            </>
          )}
        </section>
        <div className={styles.actions}>
          <Button
            onClick={() =>
              attempt(() =>
                client.conversations.update(id, {
                  notificationSettings: muted ? { level: "all", mutedUntil: null } : { level: "none" },
                }),
              )
            }
          >
            {muted ? <Bell size={17} aria-hidden="true" /> : <BellOff size={17} aria-hidden="true" />}
            {muted ? "Unmute" : "Mute"}
          </Button>
          {group && adds && (
            <Button onClick={() => openDialog(<AddPeople conversationId={id} />)}>
              <UserPlus size={17} aria-hidden="true" />
              Add people
            </Button>
          )}
          {group && (
            <Button look="danger" onClick={() => openDialog(<Confirm {...leaving(client, id, title)} />)}>
              <LogOut size={17} aria-hidden="true" />
              Leave
            </Button>
          )}
        </div>
        {group && <MemberList conversationId={id} manages={manages} />}
      </div>
    </SideFrame>
  );
}

function Rename({ id, onDone }: { id: string; onDone(): void }) {
  const client = useClient();
  const conversation = useChat((state) => state.conversations[id]);
  const [busy, setBusy] = useState(false);
  async function save(form: FormData) {
    setBusy(true);
    const description = String(form.get("description") ?? "").trim();
    const patch = { name: String(form.get("name") ?? "").trim(), description: description || null };
    if (await attempt(() => client.conversations.update(id, patch))) onDone();
    else setBusy(false);
  }
  return (
    <form
      className={styles.rename}
      onSubmit={(event) => {
        event.preventDefault();
        void save(new FormData(event.currentTarget));
      }}
    >
      <Field
        label="Name"
        name="name"
        defaultValue={conversation?.name ?? ""}
        required
        maxLength={200}
        autoFocus
      />
      <Field
        label="Description"
        name="description"
        defaultValue={conversation?.description ?? ""}
        maxLength={2000}
      />
      <div className={styles.actions}>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" busy={busy}>
          Save
        </Button>
      </div>
    </form>
  );
}

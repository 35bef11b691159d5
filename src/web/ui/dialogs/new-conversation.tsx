import { ArrowLeft, Users } from "lucide-react";
import { useState } from "react";
import { Modal } from "../overlay/modal.tsx";
import { closeDialog } from "../overlay/overlay-store.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import { goTo } from "../shell/route.ts";
import styles from "./new-conversation.module.css";
import { PeoplePicker, type Someone, toggled } from "./people-picker.tsx";

/** With one person by choosing them; with several by giving the group a name. */
export function NewConversation({ group = false }: { group?: boolean }) {
  const client = useClient();
  const [step, setStep] = useState<"one" | "several" | "name">(group ? "several" : "one");
  const [chosen, setChosen] = useState<readonly Someone[]>([]);
  const [busy, setBusy] = useState(false);

  async function open(make: () => Promise<string>) {
    setBusy(true);
    const done = await attempt(async () => goTo({ conversationId: await make() }));
    setBusy(false);
    if (done) closeDialog();
  }

  if (step === "one")
    return (
      <Modal title="New conversation">
        <button type="button" className={styles.group} onClick={() => setStep("several")}>
          <span className={styles.icon}>
            <Users size={20} aria-hidden="true" />
          </span>
          New group
        </button>
        <PeoplePicker
          label="Name or e-mail address"
          onChoose={(person) => busy || void open(() => client.conversations.startDirect(person.id))}
        />
      </Modal>
    );

  if (step === "several")
    return (
      <Modal
        title="New group"
        footer={
          <Button look="primary" disabled={chosen.length === 0} onClick={() => setStep("name")}>
            Next
          </Button>
        }
      >
        <PeoplePicker
          label="Add people"
          chosen={chosen}
          onChoose={(person) => setChosen((all) => toggled(all, person))}
        />
      </Modal>
    );

  return (
    <Modal title="New group">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const description = String(form.get("description") ?? "").trim();
          void open(() =>
            client.conversations.createGroup({
              name: String(form.get("name") ?? "").trim(),
              ...(description && { description }),
              participantIds: chosen.map(({ id }) => id),
            }),
          );
        }}
      >
        <Field label="Name of the group" name="name" required maxLength={200} autoFocus autoComplete="off" />
        <Field label="What it is about (optional)" name="description" maxLength={2000} autoComplete="off" />
        <p className={styles.count}>
          You and {chosen.length === 1 ? chosen[0]?.name : `${chosen.length} others`}
        </p>
        <div className={styles.buttons}>
          <Button onClick={() => setStep("several")}>
            <ArrowLeft size={16} aria-hidden="true" /> Back
          </Button>
          <Button type="submit" look="primary" busy={busy}>
            Create group
          </Button>
        </div>
      </form>
    </Modal>
  );
}

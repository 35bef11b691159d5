import { useState } from "react";
import { Modal } from "../overlay/modal.tsx";
import { closeDialog } from "../overlay/overlay-store.ts";
import { Button } from "../parts/button.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import { PeoplePicker, type Someone, toggled } from "./people-picker.tsx";

/** More people for a group. */
export function AddPeople({ conversationId }: { conversationId: string }) {
  const client = useClient();
  const participants = useChat((state) => state.conversations[conversationId]?.participants ?? none);
  const [chosen, setChosen] = useState<readonly Someone[]>([]);
  const [busy, setBusy] = useState(false);
  const inside = new Set(
    participants.filter(({ status }) => status === "ACTIVE").map(({ userId }) => userId),
  );
  async function add() {
    setBusy(true);
    const ids = chosen.map(({ id }) => id);
    if (await attempt(() => client.conversations.addParticipants(conversationId, ids))) closeDialog();
    else setBusy(false);
  }
  return (
    <Modal
      title="Add people"
      footer={
        <Button look="primary" disabled={chosen.length === 0} busy={busy} onClick={add}>
          Add
        </Button>
      }
    >
      <PeoplePicker
        label="Name or e-mail address"
        without={inside}
        chosen={chosen}
        onChoose={(person) => setChosen((all) => toggled(all, person))}
      />
    </Modal>
  );
}

const none: readonly never[] = [];

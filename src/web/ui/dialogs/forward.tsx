import { useState } from "react";
import { Modal } from "../overlay/modal.tsx";
import { closeDialog, toast } from "../overlay/overlay-store.ts";
import { Button } from "../parts/button.tsx";
import { useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import { goTo } from "../shell/route.ts";
import { ConversationPicker } from "./conversation-picker.tsx";

/** A message for other conversations. */
export function Forward({ messageId }: { messageId: string }) {
  const client = useClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);

  function toggle(id: string) {
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }

  async function forward() {
    setBusy(true);
    const ids = [...chosen];
    if (!(await attempt(() => client.messages.forward(messageId, ids)))) {
      setBusy(false);
      return;
    }
    closeDialog();
    const [first] = ids;
    if (ids.length === 1 && first) goTo({ conversationId: first });
    else toast(`Forwarded to ${ids.length} conversations`);
  }

  return (
    <Modal
      title="Forward to…"
      footer={
        <Button look="primary" disabled={chosen.size === 0} busy={busy} onClick={forward}>
          {chosen.size > 1 ? `Forward to ${chosen.size}` : "Forward"}
        </Button>
      }
    >
      <ConversationPicker label="Name" chosen={chosen} onChoose={toggle} />
    </Modal>
  );
}

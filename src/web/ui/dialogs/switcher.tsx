import { Modal } from "../overlay/modal.tsx";
import { closeDialog } from "../overlay/overlay-store.ts";
import { goTo } from "../shell/route.ts";
import { ConversationPicker } from "./conversation-picker.tsx";

/** Ctrl-K: to a conversation by a few letters of its name. */
export function Switcher() {
  return (
    <Modal title="Go to a conversation">
      <ConversationPicker
        label="Name"
        onChoose={(conversationId) => {
          closeDialog();
          goTo({ conversationId });
        }}
      />
    </Modal>
  );
}

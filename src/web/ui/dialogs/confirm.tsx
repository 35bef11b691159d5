import { useState } from "react";
import { Modal } from "../overlay/modal.tsx";
import { closeDialog } from "../overlay/overlay-store.ts";
import { Button } from "../parts/button.tsx";
import { attempt } from "../shell/failure.ts";
import styles from "./confirm.module.css";

interface ConfirmProps {
  title: string;
  text: string;
  /** What the button that does it says. */
  action: string;
  run(): Promise<unknown>;
}

/** A question before what cannot be taken back. */
export function Confirm({ title, text, action, run }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    if (await attempt(run)) closeDialog();
    else setBusy(false);
  }
  return (
    <Modal
      title={title}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button look="danger" busy={busy} onClick={confirm}>
            {action}
          </Button>
        </>
      }
    >
      <p className={styles.text}>{text}</p>
    </Modal>
  );
}

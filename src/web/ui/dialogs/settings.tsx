import { useState } from "react";
import { Modal } from "../overlay/modal.tsx";
import { closeDialog, toast } from "../overlay/overlay-store.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { attempt, type Failure, failureOf } from "../shell/failure.ts";
import { chooseTheme, type ThemeChoice, themeChoice } from "../theme/theme.ts";
import { NotificationSection } from "./notification-section.tsx";
import styles from "./settings.module.css";

type Section = "profile" | "notifications" | "sign-out";

/** Who one is, how it looks, what makes a sound, and the way out. */
export function Settings({ at = "profile" }: { at?: Section }) {
  if (at === "sign-out") return <SignOut />;
  return (
    <Modal title={at === "notifications" ? "Notifications" : "Profile and settings"}>
      <div className={styles.sections}>
        {at === "profile" && (
          <>
            <Profile />
            <Appearance />
          </>
        )}
        <NotificationSection />
      </div>
    </Modal>
  );
}

function Profile() {
  const client = useClient();
  const self = useChat((state) => state.self);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  if (!self) return null;
  async function save(form: FormData) {
    setBusy(true);
    setFailure(null);
    const avatarUrl = String(form.get("avatarUrl") ?? "").trim();
    try {
      await client.account.updateProfile({
        name: String(form.get("name") ?? "").trim(),
        avatarUrl: avatarUrl || null,
      });
      toast("Saved");
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy(false);
  }
  const at = (field: string) => (failure?.field === field ? failure.text : undefined);
  return (
    <form
      className={styles.profile}
      onSubmit={(event) => {
        event.preventDefault();
        void save(new FormData(event.currentTarget));
      }}
    >
      <div className={styles.face}>
        <Avatar id={self.id} name={self.name} url={self.avatarUrl} size={72} />
        <div>
          <p className={styles.name} dir="auto">
            {self.name}
          </p>
          <p className={styles.email}>{self.email}</p>
        </div>
      </div>
      <Field
        label="Name"
        name="name"
        defaultValue={self.name}
        required
        maxLength={200}
        autoComplete="name"
        error={at("name")}
      />
      <Field
        label="Picture (web address)"
        name="avatarUrl"
        type="url"
        defaultValue={self.avatarUrl ?? ""}
        placeholder="https://"
        autoComplete="off"
        error={at("avatarUrl")}
      />
      {failure && !["name", "avatarUrl"].includes(failure.field ?? "") && (
        <p className={styles.error} role="alert">
          {failure.text}
        </p>
      )}
      <Button type="submit" look="primary" busy={busy}>
        Save
      </Button>
    </form>
  );
}

const themes: readonly (readonly [ThemeChoice, string])[] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function Appearance() {
  const [choice, setChoice] = useState(themeChoice);
  return (
    <fieldset className={styles.fieldset}>
      <legend className={styles.legend}>Appearance</legend>
      <div className={styles.segments}>
        {themes.map(([value, words]) => (
          <label key={value} className={styles.segment}>
            <input
              type="radio"
              name="theme"
              className="visually-hidden"
              checked={choice === value}
              onChange={() => {
                chooseTheme(value);
                setChoice(value);
              }}
            />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function SignOut() {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const unsent = client.account.unsent();
  async function leave() {
    setBusy(true);
    if (await attempt(() => client.account.signOut())) {
      closeDialog();
      location.hash = "#/";
    } else setBusy(false);
  }
  return (
    <Modal
      title="Sign out?"
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button look="danger" busy={busy} onClick={leave}>
            Sign out
          </Button>
        </>
      }
    >
      <p className={styles.leave}>
        What this browser has stored is deleted; your conversations stay on the server.
        {unsent > 0 && (
          <strong>
            {" "}
            {unsent === 1 ? "One thing you did has" : `${unsent} things you did have`} not been sent yet and
            will be lost.
          </strong>
        )}
      </p>
    </Modal>
  );
}

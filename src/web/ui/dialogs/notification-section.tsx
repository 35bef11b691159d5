import { useEffect, useState } from "react";
import type { NotificationSettings } from "../../../protocol/conversation.ts";
import { Button } from "../parts/button.tsx";
import { useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import styles from "./settings.module.css";

const notes = {
  off: "This installation has no push notifications for browsers: its operator can set up Firebase. While Nexus is open, everything arrives at once.",
  unsupported:
    "This browser cannot show push notifications. On an iPhone, add Nexus to the home screen first.",
  denied:
    "You have told this browser not to show notifications of Nexus. Allow them in the browser's settings for this page.",
  ask: "Be told of new messages when Nexus is closed.",
  on: "This browser is told of new messages when Nexus is closed.",
} as const;

const levels = [
  ["all", "All messages"],
  ["mentions", "Mentions only"],
  ["none", "Nothing"],
] as const;

/** Whether this browser is pushed to, and what of. */
export function NotificationSection() {
  const client = useClient();
  const [push, setPush] = useState(() => client.push.state());
  const [settings, setSettings] = useState<NotificationSettings | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let here = true;
    void client.account.notificationSettings().then(
      (loaded) => here && setSettings(loaded),
      () => {},
    );
    return () => {
      here = false;
    };
  }, [client]);

  async function turn(on: boolean) {
    setBusy(true);
    await attempt(async () => {
      if (on) setPush(await client.push.enable());
      else {
        await client.push.disable();
        setPush(client.push.state());
      }
    });
    setBusy(false);
  }

  async function change(patch: NotificationSettings) {
    setSettings((before) => ({ ...before, ...patch }));
    await attempt(async () => setSettings(await client.account.updateNotificationSettings(patch)));
  }

  return (
    <fieldset className={styles.fieldset}>
      <legend className={styles.legend}>Notifications</legend>
      <p className={styles.note}>{notes[push]}</p>
      {(push === "ask" || push === "on") && (
        <Button look={push === "on" ? "plain" : "primary"} busy={busy} onClick={() => turn(push === "ask")}>
          {push === "on" ? "Turn off" : "Turn on"}
        </Button>
      )}
      {settings && (
        <>
          <div className={styles.segments}>
            {levels.map(([level, words]) => (
              <label key={level} className={styles.segment}>
                <input
                  type="radio"
                  name="level"
                  className="visually-hidden"
                  checked={(settings.level ?? "all") === level}
                  onChange={() => change({ level })}
                />
                {words}
              </label>
            ))}
          </div>
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={settings.hideContent ?? false}
              onChange={(event) => change({ hideContent: event.target.checked })}
            />
            Hide what was written
          </label>
        </>
      )}
    </fieldset>
  );
}

/**
 * Notifications by Firebase. Its library is loaded when a user turns them on and the installation has them; what
 * arrives is the service worker's affair (src/web/service-worker/push-routing.ts).
 */
import type { Rest } from "../api/rest.ts";
import type { Push } from "../client.ts";
import type { ChatState, ClientConfig } from "../state/chat-state.ts";
import type { Database } from "../storage/database.ts";
import { deviceId } from "../storage/stored-session.ts";

export interface PushOptions {
  readonly state: () => ChatState;
  readonly rest: Pick<Rest, "registerDevice" | "unregisterDevice">;
  readonly database: Database;
}

const TOKEN = "pushToken";

export function createPush({ state, rest, database }: PushOptions): Push {
  let registered = false;

  async function register(config: NonNullable<ClientConfig["push"]>): Promise<void> {
    const [{ initializeApp, getApps }, { getMessaging, getToken, isSupported }] = await Promise.all([
      import("@firebase/app"),
      import("@firebase/messaging"),
    ]);
    if (!(await isSupported())) return;
    const app = getApps()[0] ?? initializeApp(config.firebase);
    const serviceWorkerRegistration = await navigator.serviceWorker.ready;
    const { vapidKey } = config;
    const deviceToken = await getToken(getMessaging(app), { vapidKey, serviceWorkerRegistration });
    await rest.registerDevice({
      deviceToken,
      platform: "web",
      // The socket's: a device that has received something there is not told of it again.
      deviceId: await deviceId(database),
      language: navigator.language,
    });
    await database.meta.put({ key: TOKEN, value: deviceToken });
    registered = true;
  }

  const push: Push = {
    state() {
      if (!state().config?.push) return "off";
      if (!isCapable()) return "unsupported";
      if (Notification.permission === "denied") return "denied";
      return Notification.permission === "granted" && registered ? "on" : "ask";
    },
    async enable() {
      const config = state().config?.push;
      if (!config || !isCapable()) return push.state();
      if ((await Notification.requestPermission()) === "granted") await register(config);
      return push.state();
    },
    async disable() {
      const row = await database.meta.get(TOKEN);
      if (!row) return;
      registered = false;
      await rest.unregisterDevice(row.value as string);
      await database.meta.delete(TOKEN);
    },
    onOpen(listener) {
      if (typeof navigator === "undefined" || !("serviceWorker" in navigator)) return () => {};
      const heard = ({ data }: MessageEvent) => {
        const { type, conversationId } = (data ?? {}) as { type?: unknown; conversationId?: unknown };
        if (type === "open-conversation" && typeof conversationId === "string") listener(conversationId);
      };
      navigator.serviceWorker.addEventListener("message", heard);
      return () => navigator.serviceWorker.removeEventListener("message", heard);
    },
    async renew() {
      const config = state().config?.push;
      // Once on, a device says so again at each start: tokens change, and are forgotten after 60 days.
      if (registered || state().phase !== "signed-in" || !config || !isCapable()) return;
      if (Notification.permission !== "granted") return;
      if (await database.meta.get(TOKEN)) await register(config);
    },
  };
  return push;
}

function isCapable(): boolean {
  return (
    typeof Notification !== "undefined" && typeof navigator !== "undefined" && "serviceWorker" in navigator
  );
}

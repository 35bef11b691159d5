/**
 * What the service worker does with a push and with a click on a notification: docs/push.md says what arrives. The
 * payload is read as Firebase delivers it, without its library.
 */
interface Shown {
  readonly data?: unknown;
  close(): void;
}

interface Page {
  readonly url: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

/** As much of a service worker's global as this needs. */
export interface Worker {
  readonly registration: {
    showNotification(title: string, options: Record<string, unknown>): Promise<void>;
    getNotifications(filter: { tag?: string }): Promise<readonly Shown[]>;
  };
  readonly clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly navigator?: {
    setAppBadge?(count: number): Promise<void>;
    clearAppBadge?(): Promise<void>;
  };
  addEventListener(type: "push" | "notificationclick", listener: (event: never) => void): void;
}

interface PushPayload {
  readonly notification?: { readonly title: string } & Record<string, unknown>;
  readonly data?: Readonly<Record<string, string>>;
}

/** Where a click leads to; the client shows the conversation that its address names. */
export function addressOf(conversationId: string): string {
  return `/#/c/${encodeURIComponent(conversationId)}`;
}

export function routePush(worker: Worker): void {
  worker.addEventListener(
    "push",
    (event: { data?: { json(): unknown }; waitUntil(p: Promise<unknown>): void }) => {
      const payload = readPayload(event.data);
      if (payload) event.waitUntil(show(worker, payload));
    },
  );
  worker.addEventListener(
    "notificationclick",
    (event: { notification: Shown; waitUntil(p: Promise<unknown>): void }) => {
      event.notification.close();
      const { conversationId } = (event.notification.data ?? {}) as { conversationId?: unknown };
      event.waitUntil(open(worker, typeof conversationId === "string" ? conversationId : undefined));
    },
  );
}

function readPayload(data: { json(): unknown } | undefined): PushPayload | undefined {
  try {
    return (data?.json() ?? undefined) as PushPayload | undefined;
  } catch {
    // Not from our server.
    return undefined;
  }
}

async function show(worker: Worker, { notification, data = {} }: PushPayload): Promise<void> {
  const number = Number(data.badge);
  if (data.badge !== undefined && Number.isFinite(number))
    await (number > 0 ? worker.navigator?.setAppBadge?.(number) : worker.navigator?.clearAppBadge?.())?.catch(
      () => {},
    );
  if (notification) {
    const { title, ...options } = notification;
    await worker.registration.showNotification(title, { tag: data.conversationId, ...options, data });
    return;
  }
  if (data.type !== "clear_notification" || data.conversationId === undefined) return;
  for (const shown of await worker.registration.getNotifications({ tag: data.conversationId })) shown.close();
}

/** A page that is open comes to the front and shows the conversation; else a new one does. */
async function open(worker: Worker, conversationId: string | undefined): Promise<void> {
  const [page] = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) {
    await worker.clients.openWindow(conversationId === undefined ? "/" : addressOf(conversationId));
    return;
  }
  await page.focus().catch(() => {});
  if (conversationId !== undefined) page.postMessage({ type: "open-conversation", conversationId });
}

import { expect, test } from "vitest";
import { routePush, type Worker } from "./push-routing.ts";

/** A service worker's global, as far as notifications go. */
function worker(pages: string[] = []) {
  const listeners = new Map<string, (event: never) => void>();
  const shown: { title: string; tag: unknown; data: unknown; close(): void }[] = [];
  const log: unknown[] = [];
  const scope: Worker = {
    registration: {
      async showNotification(title, { tag, data }) {
        const close = () => void shown.splice(shown.indexOf(one), 1);
        const one = { title, tag, data, close };
        shown.push(one);
      },
      getNotifications: async ({ tag }) => shown.filter((one) => one.tag === tag),
    },
    clients: {
      matchAll: async () =>
        pages.map((url) => ({
          url,
          focus: async () => log.push("focus"),
          postMessage: (message: unknown) => log.push(message),
        })),
      openWindow: async (url) => log.push(url),
    },
    navigator: {
      setAppBadge: async (count) => void log.push(count),
      clearAppBadge: async () => void log.push(0),
    },
    addEventListener: (type, listener) => void listeners.set(type, listener),
  };
  routePush(scope);
  async function fire(type: string, event: object): Promise<void> {
    let work: Promise<unknown> = Promise.resolve();
    const waitUntil = (promise: Promise<unknown>) => {
      work = promise;
    };
    listeners.get(type)?.({ ...event, waitUntil } as never);
    await work;
  }
  return { shown, log, push: (json: unknown) => fire("push", { data: { json: () => json } }), fire };
}

const data = { type: "new_message", conversationId: "c1", badge: "3" };

test("a message is shown under its conversation's tag, with the number on the app, and taken away when read elsewhere", async () => {
  const { shown, log, push } = worker();
  await push({ notification: { title: "Ann", body: "hello" }, data });
  expect(shown).toMatchObject([{ title: "Ann", tag: "c1" }]);
  await push({ data: { type: "clear_notification", conversationId: "c1", badge: "0" } });
  expect(shown).toEqual([]);
  expect(log).toEqual([3, 0]);
});

test("a click leads an open page to the conversation, or opens one", async () => {
  const open = worker(["/"]);
  const notification = { data, close() {} };
  await open.fire("notificationclick", { notification });
  expect(open.log).toEqual(["focus", { type: "open-conversation", conversationId: "c1" }]);
  const closed = worker();
  await closed.fire("notificationclick", { notification });
  expect(closed.log).toEqual(["/#/c/c1"]);
});

test("what is no push of ours does nothing", async () => {
  const { shown, fire } = worker();
  await fire("push", {});
  const json = () => {
    throw new SyntaxError("no JSON");
  };
  await fire("push", { data: { json } });
  expect(shown).toEqual([]);
});

import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import { stage } from "../../testing/contract/stage.ts";
import { createHttp } from "./api/http.ts";
import { createSession } from "./session/session.ts";
import { openDatabase } from "./storage/database.ts";
import { contents, isConnected, openTab } from "./testing/browser.ts";
import { until } from "./testing/until.ts";

const scene = stage();

const tab = ({ email, password }: Account, gateway = 0, profile?: string) =>
  openTab({ email, password }, scene.gateway(gateway).url, profile);

test("two tabs share one connection, show the same, and the second takes over when the first is closed", async () => {
  const [ann, bob] = await scene.people("Ann", "Bob");
  const profile = randomUUID();
  const first = await tab(ann, 0, profile);
  await until(first, isConnected);
  const second = await tab(ann, 0, profile);
  await until(second, isConnected);
  const b = await tab(bob, 1);
  await until(b, isConnected);
  const id = await second.conversations.startDirect(bob.id);
  await Promise.all([first.conversations.open(id), second.conversations.open(id)]);
  second.messages.send(id, { content: "from the second" });
  first.messages.send(id, { content: "from the first" });
  await until(second, (state) => state.conversations[id]?.seq === 2 && state.outbox.length === 0);
  await until(first, (state) => state.conversations[id]?.seq === 2 && state.outbox.length === 0);
  expect(contents(first, id)).toEqual(contents(second, id));
  expect(first.store.getState().connection.status).toBe("connected");

  await first.close();
  second.messages.send(id, { content: "left alone" });
  await until(second, (state) => state.conversations[id]?.seq === 3);
  await until(second, isConnected);
  await b.conversations.open(id);
  await until(b, () => contents(b, id).includes("left alone"));
});

test("tabs that renew the session at once use the refresh token once, and stay signed in", async () => {
  const [ann] = await scene.people("Ann");
  const profile = randomUUID();
  const database = openDatabase(profile);
  onTestFinished(() => database.delete());
  const http = createHttp(scene.gateway(0).url);
  const ended: string[] = [];
  const open = () => createSession({ http, database, profile, onEnded: () => ended.push("ended") });
  const [one, two] = [open(), open()];
  await one.signIn({ email: ann.email, password: ann.password });
  await two.restore();
  expect(await Promise.all([one.renew(), two.renew(), one.renew(), two.renew()])).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(await one.credentials.token()).toBe(await two.credentials.token());
  expect(await two.renew()).toBe(true);
  await http.signed(one.credentials, "GET", "/users/me");
  await one.end();
  expect(await two.renew()).toBe(false);
  expect(ended).toEqual([]);
});

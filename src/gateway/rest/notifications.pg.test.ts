import { afterAll, beforeAll, expect, test } from "vitest";
import { register } from "../../testing/client/account.ts";
import { api } from "../../testing/client/api.ts";
import { type TestDatabase, testDatabase } from "../../testing/pg/test-database.ts";
import { startTestApp, type TestApp } from "./testing-app.ts";

let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await testDatabase();
  app = await startTestApp(database.url);
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const quietHours = { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" };

test("one's own notification settings are kept, and only what is named changes", async () => {
  const ann = api(app.url, (await register(app.url, { name: "Ann" })).token);
  expect(await ann.get("/users/me/notifications")).toMatchObject({ status: 200, body: {} });
  await ann.patch("/users/me/notifications", { level: "mentions", quietHours });
  const changed = await ann.patch("/users/me/notifications", { hideContent: true, quietHours: null });
  expect(changed).toMatchObject({
    status: 200,
    body: { level: "mentions", hideContent: true, quietHours: null },
  });
  expect((await ann.get("/users/me/notifications")).body).toEqual(changed.body);
});

test.each([
  [{ level: "loud" }, "level"],
  [{ quietHours: { ...quietHours, from: "24:00" } }, "quietHours.from"],
  [{ quietHours: { ...quietHours, timeZone: "Moon/Tranquility" } }, "quietHours.timeZone"],
])("%j is refused", async (settings, field) => {
  const ann = api(app.url, (await register(app.url, { name: "Ann" })).token);
  expect(await ann.patch("/users/me/notifications", settings)).toMatchObject({
    status: 400,
    body: { code: "VALIDATION_FAILED", field },
  });
});

test("nobody's without a token", async () => {
  expect((await api(app.url).get("/users/me/notifications")).status).toBe(401);
});

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, login, register } from "../../testing/client/account.ts";
import { type Api, api } from "../../testing/client/api.ts";
import { testDatabase } from "../../testing/pg/test-database.ts";
import { startTestApp, type TestApp } from "./testing-app.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

let app: TestApp;
let ann: Account;
let bob: Account;
let asAnn: Api;
let asBob: Api;
beforeAll(async () => {
  app = await startTestApp(database.url);
  ann = await register(app.url, { name: "Ann", email: "Ann@example.com" });
  bob = await register(app.url, { name: "Bob" });
  asAnn = api(app.url, ann.token);
  asBob = api(app.url, bob.token);
});
afterAll(() => app[Symbol.asyncDispose]());

describe("sessions", () => {
  test("register 201, login and refresh 200, logout 204, and the session is over", async () => {
    const session = await login(app.url, "ann@EXAMPLE.com", ann.password);
    expect(session.id).toBe(ann.id);
    const refreshed = await api(app.url).post("/auth/refresh", { refreshToken: session.refreshToken });
    expect(refreshed).toMatchObject({ status: 200, body: { user: { id: ann.id }, expiresIn: 3600 } });
    const { refreshToken } = refreshed.body;
    expect((await api(app.url).post("/auth/logout", { refreshToken })).status).toBe(204);
    expect((await api(app.url).post("/auth/refresh", { refreshToken })).status).toBe(401);
  });

  test.each([
    ["no e-mail address", { email: "nobody" }, "email"],
    ["a short password", { password: "short" }, "password"],
    ["a blank name", { name: " " }, "name"],
    ["a name of 201 characters", { name: "x".repeat(201) }, "name"],
    ["a name with NUL", { name: "a\0b" }, "name"],
    ["half a surrogate pair", { name: "\ud800" }, "name"],
  ])("%s is VALIDATION_FAILED and stores nothing", async (_, wrong, field) => {
    const before = await app.sql`select count(*) as n from users`;
    const body = { email: "new@example.com", password: "password-1", name: "New", ...wrong };
    const answer = await api(app.url).post("/auth/register", body);
    expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED", field } });
    expect(await app.sql`select count(*) as n from users`).toEqual(before);
  });

  test("a taken e-mail address is CONFLICT", async () => {
    const body = { email: "ANN@example.com", password: "password-1", name: "Other" };
    expect(await api(app.url).post("/auth/register", body)).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", field: "email" },
    });
  });
});

describe("profiles", () => {
  test("PATCH /users/me changes what is given and leaves the rest", async () => {
    const picture = "https://pictures.example/ann.png";
    expect((await asAnn.patch("/users/me", { avatarUrl: picture })).body).toMatchObject({
      name: "Ann",
      avatarUrl: picture,
    });
    expect((await asAnn.patch("/users/me", { name: " Anna " })).body).toMatchObject({
      name: "Anna",
      avatarUrl: picture,
    });
    expect((await asAnn.patch("/users/me", { avatarUrl: null, name: "Ann" })).body).toMatchObject({
      avatarUrl: null,
    });
    expect((await asAnn.patch("/users/me", {})).body).toEqual((await asAnn.get("/users/me")).body);
  });

  test("a picture is an http address, not a script", async () => {
    const answer = await asAnn.patch("/users/me", { avatarUrl: "javascript:alert(1)" });
    expect(answer).toMatchObject({ status: 400, body: { field: "avatarUrl" } });
  });
});

describe("finding users", () => {
  test("by the beginning of a name, in whatever case; wildcards are letters", async () => {
    await register(app.url, { name: "100% Zoë_" });
    const find = async (q: string) => (await asAnn.get(`/users?q=${encodeURIComponent(q)}`)).body;
    expect((await find("BO")).map((user: { id: string }) => user.id)).toContain(bob.id);
    expect(await find("100% zo")).toHaveLength(1);
    expect(await find("100_")).toHaveLength(0);
    expect(await find("%")).toHaveLength(0);
    expect(await find("\\")).toHaveLength(0);
    expect(await find("'; drop table users; --")).toHaveLength(0);
  });

  test("an e-mail address finds its owner, and is shown only to who knew it", async () => {
    const found = await asBob.get(`/users?q=${encodeURIComponent("ANN@example.com")}`);
    expect(found.body).toMatchObject([{ id: ann.id, email: "Ann@example.com" }]);
    expect((await asBob.get("/users?q=ann")).body).toMatchObject([{ id: ann.id, email: null }]);
    expect((await asAnn.get("/users?q=ann")).body).toMatchObject([{ email: "Ann@example.com" }]);
  });

  test("pages are complete and do not overlap, also among equal names", async () => {
    await app.sql`insert into users (id, name)
      select 'page-' || i, 'Pager ' || (i % 3) from generate_series(1, 23) i`;
    const seen: string[] = [];
    let page: string | undefined = "/users?q=pager&limit=5";
    while (page !== undefined) {
      const answer: { body: { id: string }[]; headers: Headers } = await asAnn.get(page);
      seen.push(...answer.body.map((user) => user.id));
      page = /<(.+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
      expect(seen.length).toBeLessThanOrEqual(23);
    }
    expect(new Set(seen).size).toBe(23);
  });

  test.each(["limit=0", "limit=101", "limit=x", "cursor=abc", "cursor=WzEsMl0", "q=%00"])(
    "%s is VALIDATION_FAILED",
    async (query) => {
      const answer = await asAnn.get(`/users?${query.startsWith("q=") ? "" : "q=a&"}${query}`);
      expect(answer).toMatchObject({ status: 400, body: { field: query.split("=")[0] } });
    },
  );
});

describe("devices to push to", () => {
  const devices = (userId: string) =>
    app.sql`select push_token, platform from devices where user_id = ${userId}`;

  test("registering answers with the user; a token that another user takes leaves the first", async () => {
    const deviceToken = randomBytes(80).toString("base64url");
    const answer = await asAnn.post("/users/fcm/register", { deviceToken, platform: "ios" });
    expect(answer).toMatchObject({ status: 200, body: { id: ann.id } });
    await asAnn.post("/users/fcm/register", { deviceToken, platform: "android" });
    expect([...(await devices(ann.id))]).toEqual([{ push_token: deviceToken, platform: "android" }]);
    await asBob.post("/users/fcm/register", { deviceToken });
    expect(await devices(ann.id)).toHaveLength(0);
    expect([...(await devices(bob.id))]).toEqual([{ push_token: deviceToken, platform: "web" }]);
    await asAnn.post("/users/fcm/unregister", { deviceToken });
    expect(await devices(bob.id)).toHaveLength(1);
    expect(await asBob.post("/users/fcm/unregister", { deviceToken })).toMatchObject({
      body: { id: bob.id },
    });
    expect(await devices(bob.id)).toHaveLength(0);
  });

  test("a token longer than an index entry is VALIDATION_FAILED", async () => {
    const deviceToken = randomBytes(3000).toString("base64url");
    expect(await asAnn.post("/users/fcm/register", { deviceToken })).toMatchObject({
      status: 400,
      body: { field: "deviceToken" },
    });
  });
});

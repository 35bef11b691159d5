import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLimits } from "../bus/limits.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { refresh } from "./refresh.ts";
import { register } from "./register.ts";
import { type TestIdentity, testIdentity } from "./testing-identity.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

let here: TestIdentity;
beforeAll(() => {
  here = testIdentity(database.url);
});
afterAll(() => here[Symbol.asyncDispose]());

const unauthenticated = { code: "UNAUTHENTICATED" };
let count = 0;
const fresh = () => ({ email: `Person${++count}@Example.com`, password: "password-1", name: "Person" });

describe("register", () => {
  test("makes an account whose tokens work at once", async () => {
    const person = fresh();
    const session = await register(here.accounts, person);
    expect(session.user).toEqual({
      id: session.user.id,
      name: "Person",
      email: person.email,
      avatarUrl: null,
      lastSeen: null,
    });
    expect(session.expiresIn).toBe(3600);
    expect(await here.identity.authenticate(session.accessToken)).toMatchObject({ userId: session.user.id });
  });

  test("an e-mail address is taken in whatever case, and of ten at once one gets it", async () => {
    const person = fresh();
    const attempts = Array.from({ length: 10 }, (_, i) =>
      register(here.accounts, { ...person, email: i % 2 ? person.email : person.email.toUpperCase() }),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter((o) => o.status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({ code: "CONFLICT", field: "email" });
  });

  test("neither the password nor a refresh token is stored", async () => {
    const person = { ...fresh(), password: "needle-in-a-haystack" };
    const session = await register(here.accounts, person);
    const rows = await here.sql`
      select u::text as row from users u union all select r::text from refresh_tokens r`;
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(person.password);
    expect(stored).not.toContain(session.refreshToken);
  });
});

describe("login", () => {
  test("takes the e-mail address in any case", async () => {
    const person = fresh();
    const { user } = await register(here.accounts, person);
    const session = await login(here.accounts, { ...person, email: person.email.toLowerCase() }, "::1");
    expect(session.user.id).toBe(user.id);
  });

  test("tells a wrong password and an unknown address apart by nothing", async () => {
    const person = fresh();
    await register(here.accounts, person);
    const failure = (attempt: Promise<unknown>) => attempt.catch((error: Error) => error.message);
    const wrong = await failure(login(here.accounts, { ...person, password: "wrong" }, "::1"));
    const unknown = await failure(login(here.accounts, { email: "nobody@x.y", password: "wrong" }, "::1"));
    const unstorable = await failure(login(here.accounts, { email: "no\0body", password: "wrong" }, "::1"));
    expect(new Set([wrong, unknown, unstorable]).size).toBe(1);
  });

  test("a provider's user without a password cannot log in with any", async () => {
    await here.sql`insert into users (id, email, name) values ('p|1', 'provider@example.com', 'P')`;
    const attempt = login(here.accounts, { email: "provider@example.com", password: "" }, "::1");
    await expect(attempt).rejects.toMatchObject(unauthenticated);
  });

  test("makes a hash of another cost anew", async () => {
    const person = fresh();
    const { user } = await register(here.accounts, person);
    await using dearer = testIdentity(database.url, { PASSWORD_SCRYPT_COST: "2048" });
    await login(dearer.accounts, person, "::1");
    const [row] = await here.sql`select password_hash from users where id = ${user.id}`;
    expect(row?.password_hash).toContain("ln=11");
    await login(here.accounts, person, "::1");
  });

  test("only failures are limited, also when they come all at once", async () => {
    const limits = createLimits(
      { ...here.config, RATE_LIMIT_LOGINS_PER_MINUTE: 5 },
      undefined,
      createMetrics(),
    );
    await using limited = testIdentity(database.url, {}, limits.logins);
    const person = fresh();
    await register(limited.accounts, person);
    for (let i = 0; i < 8; i++) await login(limited.accounts, person, "192.0.2.1");
    const guesses = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        login(limited.accounts, { ...person, password: `${i}` }, "192.0.2.1"),
      ),
    );
    const codes = guesses.map((guess) => (guess.status === "rejected" ? guess.reason.code : "in"));
    expect(codes.filter((code) => code === "UNAUTHENTICATED")).toHaveLength(5);
    expect(codes.filter((code) => code === "RATE_LIMIT_EXCEEDED")).toHaveLength(15);
    await expect(login(limited.accounts, person, "192.0.2.2")).rejects.toMatchObject({
      code: "RATE_LIMIT_EXCEEDED",
      retryAfter: expect.any(Number),
    });
  });
});

test("without local accounts every verb is FORBIDDEN and says what to do", async () => {
  await using closed = testIdentity(database.url, { LOCAL_ACCOUNTS: "false" });
  const { accounts } = closed.identity;
  const forbidden = { code: "FORBIDDEN", message: expect.stringContaining("identity provider") };
  await expect(register(accounts, fresh())).rejects.toMatchObject(forbidden);
  await expect(login(accounts, fresh(), "::1")).rejects.toMatchObject(forbidden);
  await expect(refresh(accounts, { refreshToken: "x" })).rejects.toMatchObject(forbidden);
  await expect(logout(accounts, { refreshToken: "x" })).rejects.toMatchObject(forbidden);
});

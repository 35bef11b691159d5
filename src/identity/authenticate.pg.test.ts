import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../testing/pg/test-database.ts";
import { register } from "./register.ts";
import { testIdentity } from "./testing-identity.ts";
import { startTestProvider, type TestProvider } from "./testing-provider.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

let provider: TestProvider;
beforeAll(async () => {
  provider = await startTestProvider();
});
afterAll(() => provider[Symbol.asyncDispose]());

const withProvider = (more: Record<string, string> = {}) =>
  testIdentity(database.url, {
    JWT_JWKS_URL: provider.jwksUrl,
    JWT_ISSUER: provider.issuer,
    JWT_AUDIENCE: provider.audience,
    ...more,
  });
const unauthenticated = { code: "UNAUTHENTICATED" };

test("an own token whose user does not exist is UNAUTHENTICATED, and valid once the user does", async () => {
  await using here = testIdentity(database.url);
  const token = await here.accounts.tokens.sign("late", 60);
  await expect(here.identity.authenticate(token)).rejects.toMatchObject(unauthenticated);
  await here.sql`insert into users (id, name) values ('late', 'Late')`;
  expect(await here.identity.authenticate(token)).toMatchObject({ userId: "late" });
});

test("a provider's user is created at first sight, once, however many come at once", async () => {
  await using here = withProvider();
  const token = await provider.token({ sub: "oidc|1", name: "Pat", email: "pat@example.com" });
  await using second = withProvider();
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? here : second).identity.authenticate(token)),
  );
  const rows = await here.sql`select id, name, email, password_hash from users where id = 'oidc|1'`;
  expect([...rows]).toEqual([{ id: "oidc|1", name: "Pat", email: "pat@example.com", password_hash: null }]);
});

test("a provider's user with another account's e-mail address gets in, without the address", async () => {
  await using here = withProvider();
  await register(here.accounts, { email: "taken@example.com", password: "password-1", name: "First" });
  const token = await provider.token({ sub: "oidc|2", email: "TAKEN@example.com" });
  expect(await here.identity.authenticate(token)).toMatchObject({ userId: "oidc|2" });
  const [row] = await here.sql`select name, email from users where id = 'oidc|2'`;
  expect(row).toEqual({ name: "TAKEN", email: null });
});

test("two of a provider's users with one new address at the same moment both get in", async () => {
  await using here = withProvider();
  const tokens = await Promise.all(
    Array.from({ length: 10 }, (_, i) => provider.token({ sub: `twin|${i}`, email: "twin@example.com" })),
  );
  await Promise.all(tokens.map((token) => here.identity.authenticate(token)));
  const [row] = await here.sql`
    select count(*) as users, count(email) as addresses from users where id like 'twin|%'`;
  expect(row).toEqual({ users: 10, addresses: 1 });
});

test("a name longer than the column, and none at all, are no hindrance", async () => {
  await using here = withProvider();
  const long = await provider.token({ sub: "long", name: "😀".repeat(300) });
  const none = await provider.token({ sub: "x".repeat(128) });
  await here.identity.authenticate(long);
  await here.identity.authenticate(none);
  const rows = await here.sql`select length(name) as n from users where id in ('long', ${"x".repeat(128)})`;
  expect(rows.map((row) => row.n).sort()).toEqual([128, 200]);
});

test("a user who is known is not asked for again; with CACHE_TTL=0 always", async () => {
  await using here = testIdentity(database.url);
  await using uncached = testIdentity(database.url, { CACHE_TTL: "0" });
  await here.sql`insert into users (id, name) values ('gone', 'Gone')`;
  const token = await here.accounts.tokens.sign("gone", 60);
  for (const { identity } of [here, uncached]) await identity.authenticate(token);
  await here.sql`delete from users where id = 'gone'`;
  expect(await here.identity.authenticate(token)).toMatchObject({ userId: "gone" });
  await expect(uncached.identity.authenticate(token)).rejects.toMatchObject(unauthenticated);
});

test("a token ends at its time although it was verified before", async () => {
  await using here = testIdentity(database.url);
  await here.sql`insert into users (id, name) values ('brief', 'Brief')`;
  const token = await here.accounts.tokens.sign("brief", 1);
  const { expiresAt } = await here.identity.authenticate(token);
  await expect
    .poll(
      () =>
        here.identity.authenticate(token).then(
          () => "in",
          (error) => error.code,
        ),
      { timeout: 5000 },
    )
    .toBe("UNAUTHENTICATED");
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
});

test("a known token costs a few µs", async () => {
  await using here = testIdentity(database.url);
  await here.sql`insert into users (id, name) values ('busy', 'Busy')`;
  const token = await here.accounts.tokens.sign("busy", 60);
  await here.identity.authenticate(token);
  const start = performance.now();
  for (let i = 0; i < 10_000; i++) await here.identity.authenticate(token);
  const each = (performance.now() - start) / 10_000;
  expect(each).toBeLessThan(0.1);
});

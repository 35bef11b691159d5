import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../testing/pg/test-database.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { refresh } from "./refresh.ts";
import { register } from "./register.ts";
import { hashRefreshToken } from "./session.ts";
import { type TestIdentity, testIdentity } from "./testing-identity.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

const person = { email: "rotation@example.com", password: "password-1", name: "Rotation" };
let here: TestIdentity;
let userId: string;
beforeAll(async () => {
  here = testIdentity(database.url);
  userId = (await register(here.accounts, person)).user.id;
});
afterAll(() => here[Symbol.asyncDispose]());

const signIn = async () => (await login(here.accounts, person, "::1")).refreshToken;
const use = (refreshToken: string) => refresh(here.accounts, { refreshToken }).then((s) => s.refreshToken);
const tryUse = (refreshToken: string) => use(refreshToken).catch((error) => error.code as string);

/** The family's tokens that would be accepted. */
async function liveTokens(refreshToken: string): Promise<number> {
  const [row] = await here.sql<{ live: number }[]>`
    select count(*) filter (where used_at is null and revoked_at is null and expires_at > now()) as live
    from refresh_tokens
    where family = (select family from refresh_tokens where token_hash = ${hashRefreshToken(refreshToken)})`;
  return row!.live;
}

test("a refresh token works once, its successor works, and the user is the same", async () => {
  const first = await signIn();
  const session = await refresh(here.accounts, { refreshToken: first });
  expect(session.user.id).toBe(userId);
  expect(await liveTokens(first)).toBe(1);
  expect(await use(session.refreshToken)).toEqual(expect.any(String));
});

test("a reused token revokes its family, leaves other sign-ins alone, and is in the audit trail", async () => {
  const other = await signIn();
  const first = await signIn();
  const second = await use(first);
  const [before] = await here.sql`select count(*) as n from audit where action = 'refresh_token.reused'`;
  expect(await tryUse(first)).toBe("UNAUTHENTICATED");
  expect(await tryUse(second)).toBe("UNAUTHENTICATED");
  expect(await liveTokens(first)).toBe(0);
  const rows = await here.sql`
    select actor_id, subject_id, details from audit where action = 'refresh_token.reused' order by id desc`;
  expect(rows.length - before?.n).toBe(1);
  expect(rows[0]).toMatchObject({
    actor_id: userId,
    subject_id: userId,
    details: { family: expect.any(String) },
  });
  expect(JSON.stringify(rows[0])).not.toContain(first);
  expect(await use(other)).toEqual(expect.any(String));
});

test("logout ends the family, with whichever of its tokens, and is no error twice", async () => {
  const first = await signIn();
  const second = await use(first);
  await logout(here.accounts, { refreshToken: first });
  await logout(here.accounts, { refreshToken: first });
  await logout(here.accounts, { refreshToken: "never issued" });
  expect(await tryUse(second)).toBe("UNAUTHENTICATED");
});

test("expired and unknown tokens are UNAUTHENTICATED and revoke nothing", async () => {
  const token = await signIn();
  await here.sql`update refresh_tokens set expires_at = now() where token_hash = ${hashRefreshToken(token)}`;
  expect(await tryUse(token)).toBe("UNAUTHENTICATED");
  expect(await tryUse("never issued")).toBe("UNAUTHENTICATED");
  const [row] = await here.sql`
    select revoked_at from refresh_tokens where token_hash = ${hashRefreshToken(token)}`;
  expect(row?.revoked_at).toBeNull();
});

test("of twenty simultaneous uses one is answered, and then the family is dead", async () => {
  for (let round = 0; round < 5; round++) {
    const token = await signIn();
    const answers = await Promise.all(Array.from({ length: 20 }, () => tryUse(token)));
    const winners = answers.filter((answer) => answer !== "UNAUTHENTICATED");
    expect(winners).toHaveLength(1);
    expect(await liveTokens(token)).toBe(0);
    expect(await tryUse(winners[0]!)).toBe("UNAUTHENTICATED");
  }
});

// A move picks one of the tokens issued so far, by its age counted from the newest.
const move = fc.record({
  act: fc.constantFrom("refresh", "refresh", "refresh", "logout"),
  age: fc.nat({ max: 3 }),
});

test("whatever is done in whatever order, a family has at most one live token, and none after a reuse or logout", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 8 }), async (moves) => {
      const issued = [await signIn()];
      const used = new Set<string>();
      let dead = false;
      for (const { act, age } of moves) {
        const token = issued.at(-1 - (age % issued.length))!;
        if (act === "logout") {
          await logout(here.accounts, { refreshToken: token });
          dead = true;
        } else {
          const answer = await tryUse(token);
          const accepted = answer !== "UNAUTHENTICATED";
          expect(accepted).toBe(!dead && !used.has(token));
          if (accepted) issued.push(answer);
          else dead = true;
          used.add(token);
        }
        expect(await liveTokens(token)).toBe(dead ? 0 : 1);
      }
    }),
    { numRuns: 60 },
  );
}, 30_000);

test("the same holds when moves come at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 2, maxLength: 6 }), async (moves) => {
      const first = await signIn();
      const issued = [first, await use(first)];
      const answers = await Promise.all(
        moves.map(({ act, age }) => {
          const token = issued.at(-1 - (age % issued.length))!;
          return act === "logout" ? logout(here.accounts, { refreshToken: token }) : tryUse(token);
        }),
      );
      const accepted = answers.filter((answer) => answer !== undefined && answer !== "UNAUTHENTICATED");
      expect(accepted.length).toBeLessThanOrEqual(1);
      expect(await liveTokens(first)).toBeLessThanOrEqual(1);
      const harmless = moves.length === 1;
      const uses = moves.filter(({ act, age }) => act === "refresh" && age % 2 === 0).length;
      const reuses = moves.some(({ act, age }) => act === "refresh" && age % 2 === 1) || uses > 1;
      if (!harmless && (reuses || moves.some(({ act }) => act === "logout")))
        expect(await liveTokens(first)).toBe(0);
    }),
    { numRuns: 60 },
  );
}, 30_000);

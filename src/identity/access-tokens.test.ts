import { createHmac } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyAccessToken } from "./access-tokens.ts";
import { createOwnTokens } from "./own-tokens.ts";
import { createProviderTokens } from "./provider-tokens.ts";
import { providerKeyKinds, startTestProvider, type TestProvider } from "./testing-provider.ts";

const SECRET = "a secret of at least thirty-two characters";
const own = createOwnTokens(SECRET);
const refused = expect.objectContaining({ code: "UNAUTHENTICATED" });

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token as any other program with the secret would make it: `sub` and `exp`, nothing else. */
function handmade(payload: object, header: object = { alg: "HS256" }, secret = SECRET): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const soon = () => Math.floor(Date.now() / 1000) + 60;

describe("own tokens", () => {
  const verify = (token: unknown) => verifyAccessToken({ own, provider: undefined }, token);

  test("a signed token names its user and its end", async () => {
    const before = Date.now();
    const claims = await verify(await own.sign("user-1", 3600));
    expect(claims).toMatchObject({ userId: "user-1", fromProvider: false });
    expect(Math.abs(claims.expiresAt.getTime() - before - 3_600_000)).toBeLessThan(2000);
  });

  test("a token made elsewhere with the secret needs only sub and exp", async () => {
    expect(await verify(handmade({ sub: "user-2", exp: soon() }))).toMatchObject({ userId: "user-2" });
  });

  test("an end beyond all calendars is still a date", async () => {
    const { expiresAt } = await verify(handmade({ sub: "u", exp: 1e15 }));
    expect(Number.isNaN(expiresAt.getTime())).toBe(false);
  });

  test.each([
    ["expired a second ago", () => handmade({ sub: "u", exp: Math.floor(Date.now() / 1000) - 1 })],
    ["no exp", () => handmade({ sub: "u" })],
    ["no sub", () => handmade({ exp: soon() })],
    ["an empty sub", () => handmade({ sub: "", exp: soon() })],
    ["a sub that is no text", () => handmade({ sub: 7, exp: soon() })],
    ["a sub with a control character", () => handmade({ sub: "a\u0000b", exp: soon() })],
    ["a sub of 129 characters", () => handmade({ sub: "x".repeat(129), exp: soon() })],
    ["not valid yet", () => handmade({ sub: "u", exp: soon() + 60, nbf: soon() })],
    ["another secret", () => handmade({ sub: "u", exp: soon() }, { alg: "HS256" }, "x".repeat(40))],
    ["alg none", () => `${encode({ alg: "none" })}.${encode({ sub: "u", exp: soon() })}.`],
    ["alg None", () => `${encode({ alg: "None" })}.${encode({ sub: "u", exp: soon() })}.`],
    ["another alg over the same signature", () => handmade({ sub: "u", exp: soon() }, { alg: "HS512" })],
    [
      "an unknown critical header",
      () => handmade({ sub: "u", exp: soon() }, { alg: "HS256", crit: ["x"], x: 1 }),
    ],
    ["garbage", () => "abc"],
    ["empty", () => ""],
    ["nothing", () => undefined],
    ["an object", () => ({ token: "x" })],
    ["a megabyte", () => "e".repeat(2 ** 20)],
  ])("%s is UNAUTHENTICATED", async (_, token) => {
    await expect(verify(token())).rejects.toEqual(refused);
  });

  test("HS512 signed with the secret is not on the list either", async () => {
    const token = await new SignJWT({ sub: "u", exp: soon() })
      .setProtectedHeader({ alg: "HS512" })
      .sign(new TextEncoder().encode(SECRET.repeat(2)));
    await expect(verify(token)).rejects.toEqual(refused);
  });

  test("an answer to a bad token does not repeat the token", async () => {
    const token = handmade({ sub: "u", exp: 1 });
    const error = await verify(token).catch((e: Error) => e);
    expect(JSON.stringify(error) + String(error)).not.toContain(token.slice(-20));
  });
});

describe("a provider's tokens", () => {
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await startTestProvider();
  });
  afterAll(() => provider[Symbol.asyncDispose]());
  const verifiers = () => ({ own, provider: createProviderTokens(provider) });

  test.each(providerKeyKinds)("%s is accepted, with name and e-mail for the first sight", async (alg) => {
    const token = await provider.token({ sub: "p|1", name: " Pat ", email: "pat@example.com" }, { alg });
    expect(await verifyAccessToken(verifiers(), token)).toMatchObject({
      userId: "p|1",
      fromProvider: true,
      name: "Pat",
      email: "pat@example.com",
    });
  });

  test("own tokens are accepted beside it", async () => {
    const token = await own.sign("user-1", 60);
    expect(await verifyAccessToken(verifiers(), token)).toMatchObject({
      userId: "user-1",
      fromProvider: false,
    });
  });

  test("an unverified e-mail address is nobody's", async () => {
    const token = await provider.token({ sub: "p|2", email: "pat@example.com", email_verified: false });
    expect((await verifyAccessToken(verifiers(), token)).email).toBeUndefined();
  });

  test.each([
    ["another issuer", { iss: "https://other.example/" }],
    ["another audience", { aud: "another-service" }],
    ["no audience", { aud: undefined }],
    ["expired beyond the tolerance", { exp: Math.floor(Date.now() / 1000) - 30 }],
    ["no sub", { sub: undefined }],
  ])("%s is UNAUTHENTICATED", async (_, claims) => {
    const token = await provider.token({ sub: "p|1", ...(claims as object) });
    await expect(verifyAccessToken(verifiers(), token)).rejects.toEqual(refused);
  });

  test("the provider's public key is no HMAC secret", async () => {
    const jwks = (await (await fetch(provider.jwksUrl)).json()) as { keys: { n?: string; kid: string }[] };
    const modulus = jwks.keys.find((key) => key.kid === "RS256")?.n ?? "";
    const claims = { sub: "p|1", exp: soon(), iss: provider.issuer, aud: provider.audience };
    const token = handmade(claims, { alg: "HS256", kid: "RS256" }, modulus);
    await expect(verifyAccessToken(verifiers(), token)).rejects.toEqual(refused);
    const onlyProvider = { own: undefined, provider: createProviderTokens(provider) };
    await expect(verifyAccessToken(onlyProvider, token)).rejects.toEqual(refused);
  });

  test("a key may not be used with another algorithm than its own", async () => {
    const token = await provider.token({ sub: "p|1" }, { alg: "PS256", kid: "RS256" });
    await expect(verifyAccessToken(verifiers(), token)).rejects.toEqual(refused);
  });

  test("without a provider its tokens are UNAUTHENTICATED", async () => {
    const token = await provider.token({ sub: "p|1" });
    await expect(verifyAccessToken({ own, provider: undefined }, token)).rejects.toEqual(refused);
  });

  test("keys are asked for once; made-up key ids do not become requests", async () => {
    const tokens = createProviderTokens(provider);
    const before = provider.requests;
    const good = await provider.token({ sub: "p|1" });
    await Promise.all(Array.from({ length: 20 }, () => tokens.verify(good)));
    for (let i = 0; i < 5; i++) {
      const unknown = await provider.token({ sub: "p|1" }, { alg: "RS256", kid: `made-up-${i}` });
      await expect(tokens.verify(unknown)).rejects.toEqual(refused);
    }
    expect(provider.requests - before).toBe(1);
  });

  test("with the provider away its tokens are UNAVAILABLE, unless its keys are known", async () => {
    const knowing = createProviderTokens(provider);
    const token = await provider.token({ sub: "p|1" });
    await knowing.verify(token);
    provider.fail(true);
    try {
      expect(await knowing.verify(token)).toMatchObject({ userId: "p|1" });
      await expect(createProviderTokens(provider).verify(token)).rejects.toMatchObject({
        code: "UNAVAILABLE",
      });
    } finally {
      provider.fail(false);
    }
  });
});

test("a verification costs less than 100 µs as a rule", async () => {
  const token = await own.sign("user-1", 60);
  const verify = () => verifyAccessToken({ own, provider: undefined }, token);
  const times: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const start = performance.now();
    await verify();
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[1000] ?? Number.NaN;
  expect(median).toBeLessThan(0.5); // a busy test machine is no bench: the bound is generous
});

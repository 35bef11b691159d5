/** The local Google is as strict as it claims. */
import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { createOAuth } from "./oauth.ts";

const oauth = createOAuth("p");
const account = oauth.createKey();
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

async function ask(claims: object = {}, key = account.private_key, grant = GRANT) {
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT({
    iss: account.client_email,
    aud: "https://oauth2.googleapis.com/token",
    scope: "https://www.googleapis.com/auth/firebase.messaging",
    iat: now,
    exp: now + 3600,
    ...claims,
  })
    .setProtectedHeader({ alg: "RS256" })
    .sign(createPrivateKey(key));
  return oauth.grant(new URLSearchParams({ grant_type: grant, assertion }));
}

test("a right assertion gets a token that is good until it expires, or its key is revoked", async () => {
  const { status, body } = await ask();
  expect(status).toBe(200);
  const { access_token: token } = body as { access_token: string };
  expect(oauth.isGood(token)).toBe(true);
  expect(oauth.isGood("made up")).toBe(false);
  oauth.setLifetime(0);
  const short = (await ask()).body as { access_token: string };
  expect(oauth.isGood(short.access_token)).toBe(false);
  oauth.setLifetime(3599);
  const other = oauth.createKey();
  const { access_token: theirs } = (await ask({}, other.private_key)).body as { access_token: string };
  oauth.revokeKey(other.private_key_id);
  expect(oauth.isGood(theirs)).toBe(false);
  expect(await ask({}, other.private_key)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
});

const now = Math.floor(Date.now() / 1000);
test.each<[string, object]>([
  ["another issuer", { iss: "x@p.iam.gserviceaccount.com" }],
  ["another audience", { aud: "https://example.org" }],
  ["expired", { iat: now - 7200, exp: now - 3600 }],
  ["longer than an hour", { exp: now + 7200 }],
  ["of the future", { iat: now + 600, exp: now + 1200 }],
  ["another scope", { scope: "https://www.googleapis.com/auth/drive" }],
])("refused: %s", async (_name, claims) => {
  expect(await ask(claims)).toMatchObject({
    status: 400,
    body: { error: expect.stringMatching(/^invalid_/) },
  });
});

test("refused: another's key, another grant, nonsense", async () => {
  const stranger = createOAuth("p").createKey();
  expect((await ask({}, stranger.private_key)).status).toBe(400);
  expect((await ask({}, account.private_key, "password")).status).toBe(400);
  const nonsense = new URLSearchParams({ grant_type: GRANT, assertion: "a.b.c" });
  expect((await oauth.grant(nonsense)).status).toBe(400);
});

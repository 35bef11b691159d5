import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** An identity provider on a real port, for tests: it publishes the keys it signs with. */
export interface TestProvider extends AsyncDisposable {
  jwksUrl: string;
  issuer: string;
  audience: string;
  /** How often the key set was asked for. */
  readonly requests: number;
  /** From now on the key set is answered with 500. */
  fail(failing: boolean): void;
  /** A token that is valid for a minute, unless the claims say otherwise. */
  token(claims: JWTPayload, options?: { alg?: string; kid?: string }): Promise<string>;
}

export const providerKeyKinds = ["RS256", "PS256", "ES256", "EdDSA"] as const;

export async function startTestProvider(): Promise<TestProvider> {
  const keys = new Map<string, CryptoKey>();
  const published: JWK[] = [];
  for (const alg of providerKeyKinds) {
    const pair = await generateKeyPair(alg, { extractable: true });
    keys.set(alg, pair.privateKey);
    published.push({ ...(await exportJWK(pair.publicKey)), kid: alg, alg, use: "sig" });
  }
  let requests = 0;
  let failing = false;
  const server = createServer((_request, response) => {
    requests++;
    if (failing) response.writeHead(500).end();
    else
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ keys: published }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = "https://provider.example/";
  const audience = "nexus";
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    issuer,
    audience,
    get requests() {
      return requests;
    },
    fail(value) {
      failing = value;
    },
    async token(claims, { alg = "RS256", kid = alg } = {}) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: issuer, aud: audience, iat: now, exp: now + 60, ...claims })
        .setProtectedHeader({ alg, kid })
        .sign(keys.get(alg)!);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

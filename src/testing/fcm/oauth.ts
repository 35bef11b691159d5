/** Google's token endpoint for service accounts (RFC 7523), as strict: signature, issuer, audience, times, scope. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";

export interface ServiceAccountFile {
  type: "service_account";
  project_id: string;
  private_key_id: string;
  private_key: string;
  client_email: string;
  client_id: string;
  token_uri: string;
}

const TOKEN_URL = "https://oauth2.googleapis.com/token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const scopes = [
  "https://www.googleapis.com/auth/firebase.messaging",
  "https://www.googleapis.com/auth/cloud-platform",
];

export interface OAuthAnswer {
  status: number;
  body: object;
}

/** Accounts and their keys, and the access tokens that are good. */
export function createOAuth(projectId: string) {
  const clientEmail = `firebase-adminsdk@${projectId}.iam.gserviceaccount.com`;
  const keys = new Map<string, KeyObject>();
  const tokens = new Map<string, { expiresAt: number; keyId: string }>();
  let lifetime = 3599;
  let issued = 0;

  /** A new key of the account: its file as the console would give it. */
  function createKey(): ServiceAccountFile {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const keyId = randomBytes(20).toString("hex");
    keys.set(keyId, createPublicKey(publicKey.export({ type: "spki", format: "pem" })));
    return {
      type: "service_account",
      project_id: projectId,
      private_key_id: keyId,
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      client_email: clientEmail,
      client_id: "1234567890",
      token_uri: TOKEN_URL,
    };
  }

  /** Deletes a key as the console would; access tokens made by it are refused as well. */
  function revokeKey(keyId: string): void {
    keys.delete(keyId);
    for (const [token, { keyId: by }] of tokens) if (by === keyId) tokens.delete(token);
  }

  async function grant(form: URLSearchParams): Promise<OAuthAnswer> {
    if (form.get("grant_type") !== GRANT)
      return refused("unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type")}`);
    const assertion = form.get("assertion") ?? "";
    const keyId = await signerOf(assertion);
    if (keyId === undefined) return refused("invalid_grant", "Invalid JWT Signature.");
    try {
      const { payload } = await jwtVerify(assertion, keys.get(keyId) as KeyObject, {
        algorithms: ["RS256"],
        issuer: clientEmail,
        audience: TOKEN_URL,
        requiredClaims: ["iat", "exp"],
        clockTolerance: 10,
      });
      if ((payload.exp ?? 0) - (payload.iat ?? 0) > 3600 || (payload.iat ?? 0) > Date.now() / 1000 + 10)
        return refused(
          "invalid_grant",
          "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        );
      const asked = String(payload.scope ?? "").split(" ");
      if (!asked.some((scope) => scopes.includes(scope)))
        return refused("invalid_scope", "Invalid OAuth scope.");
    } catch (error) {
      return refused("invalid_grant", `Invalid JWT: ${error instanceof Error ? error.message : error}`);
    }
    const token = `ya29.${randomBytes(32).toString("base64url")}`;
    tokens.set(token, { expiresAt: Date.now() + lifetime * 1000, keyId });
    issued++;
    return { status: 200, body: { access_token: token, expires_in: lifetime, token_type: "Bearer" } };
  }

  /** The key whose signature it bears; its header's `kid` may be missing, as google-auth-library leaves it out. */
  async function signerOf(assertion: string): Promise<string | undefined> {
    try {
      const { kid } = decodeProtectedHeader(assertion);
      const candidates = kid === undefined ? [...keys.keys()] : [kid];
      for (const keyId of candidates) {
        const key = keys.get(keyId);
        const verified =
          key && (await jwtVerify(assertion, key, { currentDate: new Date(0) }).catch(isNotSignature));
        if (verified) return keyId;
      }
    } catch {
      // not a JWT at all
    }
    return undefined;
  }

  return {
    createKey,
    revokeKey,
    grant,
    /** Seconds that tokens are good from now on. */
    setLifetime(seconds: number) {
      lifetime = seconds;
    },
    /** Takes all access tokens back. */
    revokeTokens: () => tokens.clear(),
    isGood: (token: string) => (tokens.get(token)?.expiresAt ?? 0) > Date.now(),
    get issued() {
      return issued;
    },
  };
}

/** A claim may be wrong, which is told later; the signature was right. */
function isNotSignature(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code !== "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
}

function refused(error: string, description: string): OAuthAnswer {
  return { status: 400, body: { error, error_description: description } };
}

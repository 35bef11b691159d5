import { createHmac } from "node:crypto";

const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");

/** An access token (HS256) for `userId`, valid for six hours: what the server itself would have issued. */
export function accessToken(userId: string, secret: string): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = Buffer.from(JSON.stringify({ sub: userId, iat: now, exp: now + 21_600 })).toString(
    "base64url",
  );
  const signature = createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url");
  return `${header}.${payload}.${signature}`;
}

import { createHmac } from "node:crypto";
import { Refused, request } from "../chat/http.ts";
import type { Session } from "../protocol/user.ts";

/**
 * Signs a test user in at the gateway `url`, creating the account at the first run. Address and password are made
 * of the platform's own secret: every run finds the same two users, nobody else can be them, and a changed secret
 * makes new ones instead of locking the test out.
 * @throws Refused with FORBIDDEN when the platform has no accounts of its own.
 */
export async function signInTestUser(url: string, name: string, secret: string): Promise<Session> {
  const derive = (purpose: string) =>
    createHmac("sha256", secret).update(`nexus smoke: ${purpose} of ${name}`);
  const email = `${name}.${derive("address").digest("hex").slice(0, 12)}@smoke.example.com`;
  const password = derive("password").digest("base64url");
  const login = () => request<Session>(url, "POST", "/auth/login", { body: { email, password } });
  try {
    return await login();
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "UNAUTHENTICATED") throw error;
  }
  try {
    return await request<Session>(url, "POST", "/auth/register", { body: { email, password, name } });
  } catch (error) {
    // Another run was faster.
    if (error instanceof Refused && error.code === "CONFLICT") return await login();
    throw error;
  }
}

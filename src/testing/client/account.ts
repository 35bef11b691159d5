import { randomUUID } from "node:crypto";
import { api } from "./api.ts";
import type { WireUser } from "./wire.ts";

/** A signed-in user, with all that is needed to sign in again. */
export type Account = {
  readonly id: string;
  readonly user: WireUser;
  readonly email: string;
  readonly password: string;
  /** The access token: what `connect` and `api` take. */
  readonly token: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Of the access token, in seconds. */
  readonly expiresIn: number;
};

type Session = Pick<Account, "user" | "accessToken" | "refreshToken" | "expiresIn">;

/** Registers a fresh user (an e-mail address nobody has, unless given). Rejects on anything but 201. */
export async function register(
  url: string,
  about: { readonly name?: string; readonly email?: string; readonly password?: string } = {},
): Promise<Account> {
  const name = about.name ?? "Test User";
  const email =
    about.email ?? `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${randomUUID()}@example.test`;
  const password = about.password ?? `pw-${randomUUID()}`;
  const answer = await api(url).post<Session>("/auth/register", { email, password, name });
  if (answer.status !== 201) {
    throw new Error(`register ${email}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return accountOf(answer.body, email, password);
}

/** Signs a user in. Rejects on anything but 200. */
export async function login(url: string, email: string, password: string): Promise<Account> {
  const answer = await api(url).post<Session>("/auth/login", { email, password });
  if (answer.status !== 200)
    throw new Error(`login ${email}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return accountOf(answer.body, email, password);
}

function accountOf(session: Session, email: string, password: string): Account {
  const { user, accessToken, refreshToken, expiresIn } = session;
  return { id: user.id, user, email, password, token: accessToken, accessToken, refreshToken, expiresIn };
}

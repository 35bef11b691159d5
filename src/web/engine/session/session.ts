/**
 * Who is signed in, for all tabs of the browser. A refresh token works once, and a second use signs everybody out:
 * so one tab at a time renews, under a lock, and looks first whether another has done so meanwhile.
 */
import type { Session as SignedIn, User } from "../../../protocol/user.ts";
import { ApiError } from "../api/api-error.ts";
import type { Credentials, Http } from "../api/http.ts";
import type { Database, StoredSession } from "../storage/database.ts";
import { endSession, forgetUser, ownerOfData, readSession, writeSession } from "../storage/stored-session.ts";
import { withLock } from "./with-lock.ts";

/** A token is renewed when it has less than this left, in ms. */
const MARGIN = 30_000;

export interface SessionOptions {
  readonly http: Http;
  readonly database: Database;
  readonly profile: string;
  /** The session is over for good: the refresh token was refused. */
  readonly onEnded: () => void;
}

export type SessionKeeper = ReturnType<typeof createSession>;

export function createSession({ http, database, profile, onEnded }: SessionOptions) {
  let held: StoredSession | null = null;
  let renewing: Promise<boolean> | undefined;

  async function begin(path: string, body: unknown): Promise<User> {
    const { data } = await http.open<SignedIn>("POST", path, { body });
    // Nothing of another user may be seen by, or sent for, this one.
    if ((await ownerOfData(database)) !== data.user.id) await forgetUser(database);
    held = storedOf(data);
    await writeSession(database, held);
    return data.user;
  }

  /** @returns whether there is a valid session afterwards. Rejects when that cannot be told: unreachable, busy. */
  function renew(stale: string): Promise<boolean> {
    renewing ??= withLock(`nexus-${profile}-refresh`, async () => {
      const stored = await readSession(database);
      if (!stored) {
        held = null;
        return false;
      }
      if (stored.accessToken !== stale) {
        held = stored;
        return true;
      }
      try {
        const body = { refreshToken: stored.refreshToken };
        const { data } = await http.open<SignedIn>("POST", "/auth/refresh", { body });
        held = storedOf(data);
        await writeSession(database, held);
        return true;
      } catch (error) {
        if (!(error instanceof ApiError) || !["UNAUTHENTICATED", "FORBIDDEN"].includes(error.code))
          throw error;
        held = null;
        await endSession(database);
        onEnded();
        return false;
      }
    }).finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  const credentials: Credentials = {
    async token() {
      if (!held) throw new ApiError("UNAUTHENTICATED", "You are signed out; sign in again");
      // A token that seems to have ended may be good yet, if this machine's clock is wrong: then it is used.
      if (held.expiresAt - Date.now() < MARGIN) await renew(held.accessToken).catch(() => false);
      if (!held) throw new ApiError("UNAUTHENTICATED", "You are signed out; sign in again");
      return held.accessToken;
    },
    refused: renew,
  };

  return {
    credentials,
    renew: () => renew(held?.accessToken ?? ""),
    /** What is stored, at the start and when another tab signed in or out. */
    async restore(): Promise<User | null> {
      held = await readSession(database);
      return held?.user ?? null;
    },
    register: (input: { email: string; password: string; name: string }) => begin("/auth/register", input),
    signIn: (input: { email: string; password: string }) => begin("/auth/login", input),
    /** The profile changed. */
    async keepUser(user: User): Promise<void> {
      if (!held) return;
      held = { ...held, user };
      await writeSession(database, held);
    },
    /** Here for sure, on the server if it can be reached. */
    async end(): Promise<void> {
      const refreshToken = held?.refreshToken;
      held = null;
      await forgetUser(database);
      if (refreshToken === undefined) return;
      await http.open("POST", "/auth/logout", { body: { refreshToken }, timeout: 5_000 }).catch(() => {});
    },
  };
}

function storedOf({ user, accessToken, refreshToken, expiresIn }: SignedIn): StoredSession {
  return { user, accessToken, refreshToken, expiresAt: Date.now() + expiresIn * 1000 };
}

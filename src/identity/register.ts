import { randomUUID } from "node:crypto";
import type * as z from "zod";
import { ChatError } from "../protocol/errors.ts";
import type { Registration, Session } from "../protocol/user.ts";
import { isUniqueViolation } from "../store/client.ts";
import { insertUserSignedIn } from "../store/users.ts";
import { hashPassword } from "./passwords.ts";
import { assertLocalAccounts, type LocalAccounts, newRefreshToken, sessionOf } from "./session.ts";

/**
 * Creates an account and signs it in.
 * @throws ChatError CONFLICT when the e-mail address has an account, FORBIDDEN without local accounts.
 */
export async function register(
  accounts: LocalAccounts | undefined,
  registration: z.output<typeof Registration>,
): Promise<Session> {
  assertLocalAccounts(accounts);
  const { email, password, name } = registration;
  const passwordHash = await hashPassword(password, accounts.config.PASSWORD_SCRYPT_COST);
  const { token, hash } = newRefreshToken();
  try {
    const row = { id: randomUUID(), email, name: name.trim(), passwordHash };
    const lifetime = accounts.config.REFRESH_TOKEN_EXPIRES_IN;
    const user = await insertUserSignedIn(accounts.sql, row, { hash, lifetime });
    return await sessionOf(accounts, user, token);
  } catch (error) {
    if (isUniqueViolation(error))
      throw new ChatError("CONFLICT", "This e-mail address has an account already: log in instead", {
        field: "email",
        cause: error,
      });
    throw error;
  }
}

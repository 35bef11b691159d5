import { revokeFamily } from "../store/refresh-tokens.ts";
import { assertLocalAccounts, hashRefreshToken, type LocalAccounts } from "./session.ts";

/**
 * Revokes a refresh token and its family; afterwards none of them works. An unknown token is no error:
 * who wants to be signed out is. Access tokens stay valid until they expire.
 * @throws ChatError FORBIDDEN without local accounts.
 */
export async function logout(
  accounts: LocalAccounts | undefined,
  { refreshToken }: { refreshToken: string },
): Promise<void> {
  assertLocalAccounts(accounts);
  await revokeFamily(accounts.sql, hashRefreshToken(refreshToken));
}

/** The password in an address, as it is written there and as it is meant. */
export function passwordsOf({ password }: URL): string[] {
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password]; // a lone percent sign
  }
}

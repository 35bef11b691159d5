import { hash, randomUUID } from "node:crypto";

/**
 * The id of the message that (senderId, tempId) names: the same for ever, so that the key on ids makes
 * every send happen once. A UUID of version 8 (RFC 9562, 5.8) over SHA-256.
 */
export function messageId(senderId: string, tempId: string): string {
  // The sender's length stands first, so that no other pair gives the same text.
  const digest = hash("sha256", `${senderId.length}:${senderId}${tempId}`, "hex");
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

/** An id for a message that its sender gave no tempId. */
export function newMessageId(): string {
  return randomUUID();
}

/** A signed 64-bit integer over what was said, as decimal text: tells a repeat from a conflict. */
export function fingerprint(parts: readonly unknown[]): string {
  return BigInt.asIntN(
    64,
    BigInt(`0x${hash("sha256", JSON.stringify(parts), "hex").slice(0, 16)}`),
  ).toString();
}

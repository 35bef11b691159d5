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

/**
 * A number of 53 bits over what was said: tells a repeat from a conflict. No cryptography, for a sender
 * could only deceive themselves; it costs a tenth of SHA-256. The mixing is MurmurHash3's, in two lanes.
 */
export function fingerprint(parts: readonly unknown[]): number {
  const text = JSON.stringify(parts);
  let low = 0x9e3779b9;
  let high = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x9e3779b1);
    high = Math.imul(high ^ unit, 0x5f356495);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

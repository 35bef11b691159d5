/**
 * Passwords: scrypt, with its parameters inside each hash, so that the cost can be raised without
 * locking anybody out: `$scrypt$ln=15,r=8,p=1$<salt>$<hash>` (base64, as in the PHC string format).
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { ChatError } from "../protocol/errors.ts";

const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const HASH_BYTES = 32;

/**
 * How many hashes are computed at once: each takes 128·N·8 bytes (32 MB at the default cost) and one of
 * libuv's four threads, which DNS look-ups need too.
 */
const CONCURRENCY = 2;
/** Who would wait longer than this many others is told to come back instead. */
const QUEUE = 1000;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * The hash of a password under a random salt. `cost` is scrypt's N, a power of two (else the next below).
 * @throws ChatError UNAVAILABLE when too many are being computed.
 */
export async function hashPassword(password: string, cost: number): Promise<string> {
  const ln = Math.floor(Math.log2(cost));
  const salt = randomBytes(16);
  const hash = await derive(password, salt, { ln, r: BLOCK_SIZE, p: PARALLELISM });
  return `$scrypt$ln=${ln},r=${BLOCK_SIZE},p=${PARALLELISM}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

/**
 * Whether the password is the one of the hash; takes the same time for every wrong one.
 * @throws ChatError UNAVAILABLE when too many are being computed; Error when `encoded` is not such a hash.
 */
export async function verifyPassword(password: string, encoded: string): Promise<boolean> {
  const { salt, hash, ...parameters } = parse(encoded);
  return timingSafeEqual(await derive(password, salt, parameters), hash);
}

/** Whether the hash was made with another cost than the configured one, and so should be made anew. */
export function isOutdated(encoded: string, cost: number): boolean {
  const { ln, r, p } = parse(encoded);
  return ln !== Math.floor(Math.log2(cost)) || r !== BLOCK_SIZE || p !== PARALLELISM;
}

const format = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/;

function parse(encoded: string) {
  const [, ln, r, p, salt, hash] = format.exec(encoded) ?? [];
  if (salt === undefined || hash === undefined)
    throw new Error("a stored password hash is not a scrypt hash");
  return {
    ln: Number(ln),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

async function derive(
  password: string,
  salt: Uint8Array,
  { ln, r, p }: { ln: number; r: number; p: number },
): Promise<Buffer> {
  await enter();
  try {
    const N = 2 ** ln;
    return await new Promise((resolve, reject) => {
      // Two ways to type the same letter (é) must be the same password, as browsers do not agree.
      scrypt(password.normalize("NFC"), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
  } finally {
    leave();
  }
}

async function enter(): Promise<void> {
  if (running < CONCURRENCY) {
    running++;
    return;
  }
  if (waiting.length >= QUEUE)
    throw new ChatError("UNAVAILABLE", "Too many people are signing in at the moment; try again", {
      retryAfter: 5,
    });
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}

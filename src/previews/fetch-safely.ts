/**
 * Fetches what a stranger links to, such that they reach nothing by it that they could not reach themselves:
 * - http and https, at their own ports, without user and password;
 * - the name is resolved once, every address is judged, and the connection goes to the very address that was judged,
 *   so that a name cannot mean another one a moment later (DNS rebinding);
 * - redirects are followed here, each judged the same, at most three;
 * - in all in eight seconds, and no more bytes than asked for; compressed answers are not unpacked;
 * - without cookies, credentials, referrer, or a proxy from the environment.
 */
import { lookup } from "node:dns/promises";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { type BlockList, isIP } from "node:net";
import { isNamed, isPublic } from "./addresses.ts";

const MAX_REDIRECTS = 3;
const PATIENCE = 8000;
const redirects = new Set([301, 302, 303, 307, 308]);

export interface FetchOptions {
  /** Private networks that may be reached all the same, at any port. */
  networks: BlockList;
  /** Media types that are wanted; others are not read. */
  wanted: RegExp;
  /** Bytes that are read. */
  most: number;
  /** What is longer is cut off, else it is an error. */
  cut: boolean;
  stop: AbortSignal;
  /** A name's addresses; the system's own answer if absent. */
  resolve?: (host: string) => Promise<string[]>;
}

export interface Fetched {
  /** After all redirects. */
  url: URL;
  /** In lower case, with its parameters. */
  type: string;
  body: Buffer;
}

/** @throws Error that says why not. */
export async function fetchSafely(address: string, options: FetchOptions): Promise<Fetched> {
  const stop = AbortSignal.any([options.stop, AbortSignal.timeout(PATIENCE)]);
  let url = new URL(address);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const answer = await ask(url, await judged(url, options, stop), stop);
    try {
      const { statusCode = 0, headers } = answer;
      if (redirects.has(statusCode) && headers.location !== undefined) {
        url = new URL(headers.location, url);
        continue;
      }
      if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
      const type = (headers["content-type"] ?? "").toLowerCase();
      if (!options.wanted.test(type)) throw new Error("is of another type");
      if ((headers["content-encoding"] ?? "identity") !== "identity") throw new Error("is compressed");
      return { url, type, body: await read(answer, options) };
    } finally {
      answer.destroy();
    }
  }
  throw new Error("redirects too often");
}

/** The one address to connect to. */
async function judged(
  url: URL,
  { networks, resolve = bySystem }: FetchOptions,
  stop: AbortSignal,
): Promise<string> {
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new Error("is not of the web");
  if (url.username !== "" || url.password !== "") throw new Error("has a user or password");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) ? [host] : await inTime(resolve(host), stop);
  const named = addresses.length > 0 && addresses.every((each) => isNamed(each, networks));
  // A name that has a private address beside a public one is as suspicious as one that has only that.
  if (!named && !(addresses.length > 0 && addresses.every(isPublic)))
    throw new Error("is not a public address");
  if (!named && url.port !== "") throw new Error("is not at the web's own port");
  return addresses[0] as string;
}

async function bySystem(host: string): Promise<string[]> {
  return (await lookup(host, { all: true, order: "ipv4first" })).map(({ address }) => address);
}

function inTime<T>(answer: Promise<T>, stop: AbortSignal): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    stop.addEventListener("abort", () => reject(new Error("its name takes too long")), { once: true });
  });
  return Promise.race([answer, late]);
}

function ask(url: URL, address: string, stop: AbortSignal): Promise<IncomingMessage> {
  const family = isIP(address);
  const options: RequestOptions = {
    agent: false, // a connection of its own, to the address that was judged
    method: "GET",
    signal: stop,
    lookup: (_host, wanted, done) =>
      wanted.all ? done(null, [{ address, family }]) : done(null, address, family),
    headers: {
      accept: "text/html,application/xhtml+xml,image/*;q=0.5",
      "accept-encoding": "identity",
      "accept-language": "en,*;q=0.5",
      "user-agent": "Mozilla/5.0 (compatible; NexusLinkPreview/1.0)",
    },
    maxHeaderSize: 16_384,
  };
  return new Promise((resolve, reject) => {
    const asked = url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
    asked.on("response", resolve);
    asked.on("error", reject);
    asked.end();
  });
}

async function read(answer: IncomingMessage, { most, cut }: FetchOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < most) continue;
    if (!cut && size > most) throw new Error("is too large");
    if (cut) break;
  }
  return Buffer.concat(chunks).subarray(0, most);
}

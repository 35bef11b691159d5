/**
 * S3 and what speaks like it (MinIO, Ceph, R2, Garage). Signing is aws4fetch's; the five calls are so few that a
 * larger client would be mostly unused. Up to one part's size goes in one PUT, more in a multipart upload, so that
 * a file of any size takes one part's memory. A multipart upload that a killed gateway leaves open is for a lifecycle
 * rule of the bucket to end (AbortIncompleteMultipartUpload).
 */
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { AwsClient } from "aws4fetch";
import type { Storage } from "./storage.ts";

/** Bytes of a part; S3 wants at least 5 MB of all but the last. */
const PART = 8 * 2 ** 20;
/** How long a call may take until it is answered, in ms. */
const PATIENCE = 30_000;
const ATTEMPTS = 3;

export interface S3Options {
  /** The bucket's address, with a prefix if wanted: `https://s3.example.com/bucket`, `https://bucket.s3.example.com`. */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** @throws Error in all its calls, with the status and S3's code, when the bucket refuses or is not reachable. */
export function createS3Storage(options: S3Options): Storage {
  const { url, ...account } = options;
  const client = new AwsClient({ ...account, service: "s3", retries: 0 });
  const addressOf = (key: string, query = "") => `${url.replace(/\/$/, "")}/${key}${query}`;

  /** One call; the body of its answer may then take as long as its reader does. */
  async function call(
    method: string,
    address: string,
    init: { body?: Buffer<ArrayBuffer> | string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(new Error(`S3 did not answer in ${PATIENCE} ms`)), PATIENCE);
      try {
        const signed = await client.sign(address, { method, ...init });
        // The body is given once more: signing hands out a stream, which could not be sent as a known length.
        const answer = await fetch(signed.url, {
          method,
          headers: signed.headers,
          signal: late.signal,
          ...(init.body !== undefined && { body: init.body }),
        });
        if (answer.status < 500 && answer.status !== 429) return answer;
        if (attempt === ATTEMPTS) return answer;
        await answer.body?.cancel();
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      } finally {
        clearTimeout(timer);
      }
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }

  async function succeeded(what: string, answer: Response): Promise<Response> {
    if (answer.ok) return answer;
    const code = /<Code>([^<]*)<\/Code>/.exec(await answer.text())?.[1] ?? "";
    throw new Error(`S3 refused to ${what}: ${answer.status} ${code}. Check ATTACHMENTS_S3_*.`);
  }

  async function putWhole(key: string, body: Buffer<ArrayBuffer>): Promise<void> {
    await (await succeeded("store a file", await call("PUT", addressOf(key), { body }))).body?.cancel();
  }

  async function putInParts(key: string, parts: AsyncIterable<Buffer<ArrayBuffer>>): Promise<void> {
    const begun = await succeeded("begin an upload", await call("POST", addressOf(key, "?uploads=")));
    const id = /<UploadId>([^<]+)<\/UploadId>/.exec(await begun.text())?.[1];
    if (id === undefined) throw new Error("S3 began an upload without an UploadId");
    const upload = encodeURIComponent(id);
    try {
      const done: string[] = [];
      for await (const body of parts) {
        const number = done.length + 1;
        const put = await call("PUT", addressOf(key, `?partNumber=${number}&uploadId=${upload}`), { body });
        const etag = (await succeeded("store a part", put)).headers.get("etag") ?? "";
        await put.body?.cancel();
        done.push(`<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
      }
      const body = `<CompleteMultipartUpload>${done.join("")}</CompleteMultipartUpload>`;
      const end = await succeeded(
        "end an upload",
        await call("POST", addressOf(key, `?uploadId=${upload}`), {
          body,
          headers: { "content-type": "application/xml" },
        }),
      );
      // It may fail after the status was sent.
      const text = await end.text();
      if (text.includes("<Error>")) throw new Error(`S3 could not end an upload: ${text.slice(0, 200)}`);
    } catch (error) {
      await call("DELETE", addressOf(key, `?uploadId=${upload}`)).then(
        (a) => a.body?.cancel(),
        () => {},
      );
      throw error;
    }
  }

  return {
    async write(key, bytes) {
      const parts = inParts(bytes);
      const first = await parts.next();
      if (first.done) return putWhole(key, Buffer.alloc(0));
      const second = await parts.next();
      if (second.done) return putWhole(key, first.value);
      await putInParts(
        key,
        (async function* () {
          yield first.value;
          yield second.value;
          yield* parts;
        })(),
      );
    },

    async read(key, range) {
      const headers: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {};
      const answer = await call("GET", addressOf(key), { headers });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return undefined;
      }
      const { body } = await succeeded("read a file", answer);
      return body ? Readable.fromWeb(body as ReadableStream) : Readable.from([]);
    },

    async remove(key) {
      const answer = await call("DELETE", addressOf(key));
      if (answer.status !== 404) await succeeded("remove a file", answer);
      await answer.body?.cancel();
    },
  };
}

/** The same bytes in parts of PART, the last as large as it is. */
async function* inParts(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer<ArrayBuffer>, void> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < PART) continue;
    const joined = Buffer.concat(waiting);
    let at = 0;
    for (; size - at >= PART; at += PART) yield joined.subarray(at, at + PART);
    waiting = [joined.subarray(at)];
    size -= at;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

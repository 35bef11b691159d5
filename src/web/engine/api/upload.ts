import type { Attachment } from "../../../protocol/attachment.ts";
import { ApiError, aborted, errorOf, unreachable } from "./api-error.ts";
import type { Credentials } from "./http.ts";

/** Nothing moved for so long: the connection is dead, in ms. */
const STALLED = 60_000;

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (sent: number, total: number) => void;
}

/** Sends one file; a token that has just ended is renewed once. @throws ApiError */
export async function upload(
  url: string,
  credentials: Credentials,
  file: Blob,
  name: string,
  options: UploadOptions,
): Promise<Attachment> {
  const token = await credentials.token();
  try {
    return await send(url, token, file, name, options);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "UNAUTHENTICATED") throw error;
    if (!(await credentials.refused(token))) throw error;
    return send(url, await credentials.token(), file, name, options);
  }
}

/** By XMLHttpRequest, since fetch does not tell how far an upload has come. */
async function send(
  url: string,
  token: string,
  file: Blob,
  name: string,
  { signal, onProgress }: UploadOptions,
): Promise<Attachment> {
  if (signal?.aborted) throw aborted();
  const body = new FormData();
  body.append("file", file, name);
  const request = new XMLHttpRequest();
  const { promise, resolve, reject } = Promise.withResolvers<Attachment>();
  let stalled: ReturnType<typeof setTimeout> | undefined;
  const moving = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => request.abort(), STALLED);
  };
  const cancel = () => request.abort();
  signal?.addEventListener("abort", cancel);
  request.upload.onprogress = ({ loaded }) => {
    moving();
    // The form around the file is counted, too.
    onProgress?.(Math.min(loaded, file.size), file.size);
  };
  request.onload = () => {
    if (request.status < 300 && request.response) resolve(request.response as Attachment);
    else reject(errorOf(request.status, request.response));
  };
  request.onerror = () => reject(unreachable());
  request.onabort = () => reject(signal?.aborted ? aborted() : unreachable());
  request.open("POST", `${url}/attachments`);
  request.responseType = "json";
  request.setRequestHeader("authorization", `Bearer ${token}`);
  moving();
  request.send(body);
  return promise.finally(() => {
    clearTimeout(stalled);
    signal?.removeEventListener("abort", cancel);
  });
}

/** What a file is, told from its first bytes. What its uploader or its name says of it counts for nothing. */
import { isUtf8 } from "node:buffer";
import { fileTypeFromBuffer } from "file-type";
import { imageSize } from "image-size";

/** So many of its first bytes are looked at: large enough for a photograph's own data before its size. */
export const HEAD = 256 * 2 ** 10;
/** For the type so many do. */
const SIGNATURE = 4200;

export interface FileKind {
  type: string;
  width?: number;
  height?: number;
}

/** @param head the first bytes, at most HEAD of them. Never throws. */
export async function kindOf(head: Uint8Array): Promise<FileKind> {
  const found = await fileTypeFromBuffer(head.subarray(0, SIGNATURE)).catch(() => undefined);
  if (!found) return { type: isText(head) ? "text/plain" : "application/octet-stream" };
  // A type may come with parameters ("audio/ogg; codecs=opus").
  const type = found.mime.split(";", 1)[0] as string;
  return { type, ...(type.startsWith("image/") && sizeOf(head)) };
}

/** As it is to be shown: a camera that was held upright says so in the picture. */
function sizeOf(head: Uint8Array): { width?: number; height?: number } {
  try {
    const { width, height, orientation = 1 } = imageSize(head);
    if (!(width > 0 && height > 0 && width < 2 ** 31 && height < 2 ** 31)) return {};
    const [w, h] = [Math.round(width), Math.round(height)];
    return orientation >= 5 ? { width: h, height: w } : { width: w, height: h };
  } catch {
    return {}; // not all of it is here, or it is no such picture: it is shown without its size
  }
}

function isText(head: Uint8Array): boolean {
  // The last sign may be cut in two.
  const whole = head.length < HEAD ? head : head.subarray(0, head.length - 3);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what text does not have
  return isUtf8(whole) && !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(Buffer.from(whole).toString("latin1"));
}

const shown = new Set(["image/png", "image/apng", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Whether a browser may show it where it is, since it can run nothing: no SVG, no HTML, no PDF. */
export function mayBeShown(type: string): boolean {
  return shown.has(type) || /^(audio|video)\//.test(type);
}

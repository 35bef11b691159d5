/**
 * WebSocket framing (RFC 6455) by hand for text frames, as little of it as a load client needs: one copy and
 * one XOR to send, no copy to receive.
 */

// Masking is required of clients. The key may be anything; it is not zero, because `ws` skips unmasking for
// zero and the server under test would look cheaper than it is.
const key = [0x37, 0xfa, 0x21, 0x3d] as const;

/** One masked, complete text frame of `text`. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = 0x81;
  if (header === 6) {
    frame[1] = 0x80 | length;
  } else if (header === 8) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  for (let i = 0; i < 4; i++) frame[header - 4 + i] = key[i]!;
  frame.write(text, header);
  for (let i = 0; i < length; i++) frame[header + i] = frame[header + i]! ^ key[i & 3]!;
  return frame;
}

/** Opcodes of interest to a reader. */
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;

/**
 * Calls `each` for every complete frame in `data`; returns how many bytes that consumed. The rest is the
 * beginning of a frame, to be given again in front of what comes next. Fragmented messages are not supported
 * (no server here sends them): `each` gets the pieces.
 */
export function readFrames(
  data: Buffer,
  length: number,
  each: (opcode: number, start: number, end: number) => void,
): number {
  let offset = 0;
  while (length - offset >= 2) {
    let size = data[offset + 1]! & 0x7f;
    let header = 2;
    if (size === 126) {
      if (length - offset < 4) break;
      size = data.readUInt16BE(offset + 2);
      header = 4;
    } else if (size === 127) {
      if (length - offset < 10) break;
      size = data.readUInt32BE(offset + 6); // nobody sends more than 4 GB
      header = 10;
    }
    const end = offset + header + size;
    if (end > length) break;
    each(data[offset]! & 0x0f, offset + header, end);
    offset = end;
  }
  return offset;
}

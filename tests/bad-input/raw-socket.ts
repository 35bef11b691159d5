/** A WebSocket without manners: sends whatever bytes it is told to, which no library would. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as tcpConnect } from "node:net";

export interface RawSocket extends AsyncDisposable {
  /** A frame with this opcode (1 text, 2 binary, 8 close, 9 ping), masked as a client's must be. */
  frame(opcode: number, payload: Uint8Array | string): void;
  /** Bytes as they are. */
  raw(bytes: Uint8Array): void;
  /** The first text frame, arrived or to come, that holds `part`; rejects after 5 s or when the server hangs up. */
  next(part: string): Promise<string>;
  /** Resolves when the server has closed the connection; rejects after 5 s. */
  closed(): Promise<void>;
}

const timeoutMs = 5_000;

/** Opens a WebSocket at Engine.IO's address; nothing of Engine.IO has been said yet. */
export async function openRaw(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const tcp = tcpConnect(Number(port), hostname);
  tcp.on("error", () => {}); // the server may hang up in the middle of our frame
  await once(tcp, "connect", { signal: AbortSignal.timeout(timeoutMs) });
  const frames: string[] = [];
  const waiting = new Set<() => void>();
  let buffer = Buffer.alloc(0);
  let upgraded = false;
  let ended = false;
  tcp.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (!upgraded) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      frames.push(buffer.subarray(0, end).toString("latin1"));
      buffer = buffer.subarray(end + 4);
      upgraded = true;
    }
    for (let taken = takeFrame(buffer); taken; taken = takeFrame(buffer)) {
      if (taken.opcode === 8) ended = true; // it has said goodbye, and waits for ours
      frames.push(taken.text);
      buffer = buffer.subarray(taken.size);
    }
    for (const look of waiting) look();
  });
  tcp.on("close", () => {
    ended = true;
    for (const look of waiting) look();
  });

  function until<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined && !ended) return;
        clearTimeout(timer);
        waiting.delete(look);
        if (found === undefined) reject(new Error(`hung up before ${what}; ${frames.slice(-3).join(" | ")}`));
        else resolve(found);
      };
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`no ${what} within ${timeoutMs} ms; ${frames.slice(-3).join(" | ")}`));
      }, timeoutMs);
      waiting.add(look);
      look();
    });
  }

  tcp.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  await until("upgrade", () => frames.find((frame) => frame.startsWith("HTTP/1.1 101")));
  return {
    frame: (opcode, payload) => void tcp.write(frameOf(opcode, Buffer.from(payload))),
    raw: (bytes) => void tcp.write(bytes),
    next: (part) => until(part, () => frames.find((frame) => frame.includes(part))),
    closed: () => until("close", () => (ended ? (null as never) : undefined)),
    async [Symbol.asyncDispose]() {
      tcp.destroy();
    },
  };
}

/** As openRaw, and signed in to /ws. */
export async function openSignedIn(url: string, token: string): Promise<RawSocket> {
  const socket = await openRaw(url);
  await socket.next("0{");
  socket.frame(1, `40/ws,${JSON.stringify({ token })}`);
  await socket.next("CONNECTION_SUCCESS");
  return socket;
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | opcode, 0xfe, payload.length >> 8, payload.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, 0xff]), lengthOf(payload.length)]);
  return Buffer.concat([head, Buffer.alloc(4), payload]); // a mask of zeros leaves the payload as it is
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

/** The first whole frame of what a server sent, which is not masked. */
function takeFrame(buffer: Buffer): { opcode: number; text: string; size: number } | undefined {
  if (buffer.length < 2) return undefined;
  const short = (buffer[1] as number) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (buffer.length < start) return undefined;
  const length =
    short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
  if (buffer.length < start + length) return undefined;
  const text = buffer.subarray(start, start + length).toString("utf8");
  return { opcode: (buffer[0] as number) & 0x0f, text, size: start + length };
}

import { connect, type Socket } from "node:net";
import { CLOSE, PING, readFrames, TEXT, textFrame } from "./frame.ts";

/** What a link tells its owner. Frames are latin1 strings: read them by prefix and indexOf. */
export interface LinkListener {
  /** `42/ws,["NAME",…]` */
  event(link: Link, frame: string): void;
  /** `43/ws,<id>[…]` */
  acknowledgement(link: Link, id: number, frame: string): void;
  closed(link: Link, reason: string): void;
}

// Every link reads into this one buffer: the read and its callback happen in one go, so links cannot overlap.
const shared = Buffer.allocUnsafe(256 * 1024);
const connectTimeoutMs = 30_000;

/**
 * One Socket.IO connection over a bare TCP socket: a socket.io-client would cost more CPU than the servers that
 * it measures. Handshake, pings and acknowledgements, nothing else; no reconnection.
 */
export class Link {
  /** Free for the owner: which user this is. */
  readonly index: number;
  /** Resolves when the server has said CONNECTION_SUCCESS, so that its rooms are joined. */
  readonly ready: Promise<void>;
  readonly #listener: LinkListener;
  readonly #token: string;
  readonly #deviceId: string;
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #current: Buffer = shared;
  #upgraded = false;
  #ended = false;
  #becomeReady: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(
    index: number,
    port: number,
    identity: { token: string; deviceId: string },
    listener: LinkListener,
  ) {
    this.index = index;
    this.#listener = listener;
    this.#token = identity.token;
    this.#deviceId = identity.deviceId;
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#fail = reject;
    });
    this.ready.catch(() => {}); // whoever does not wait for it hears of it by `closed`
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      // 28,000 source ports for each pair of addresses: spread over several of 127.0.0.x.
      localAddress: `127.0.0.${1 + (Math.floor(index / 20_000) % 250)}`,
      noDelay: true,
      onread: { buffer: shared, callback: (size, buffer) => this.#read(size, buffer as Buffer) },
    });
    this.#socket.on("connect", () => this.#upgrade(port));
    this.#socket.on("error", (error) => this.#end(error.message));
    this.#socket.on("close", () => this.#end("closed"));
    this.#socket.setTimeout(connectTimeoutMs, () => this.#end("no answer to the handshake"));
  }

  /** Sends one Engine.IO packet, e.g. `42/ws,7["NAME",{…}]`. */
  send(packet: string): void {
    this.#socket.write(textFrame(packet));
  }

  /** Ends the connection at once, as a phone that loses its network does; `closed` is not called. */
  drop(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #upgrade(port: number): void {
    this.#socket.write(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" +
        `Host: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bmV4dXMgYmVuY2htYXJrIQ==\r\n\r\n",
    );
  }

  #read(size: number, buffer: Buffer): boolean {
    if (this.#ended) return false;
    let data = buffer;
    let length = size;
    if (this.#rest) {
      data = Buffer.concat([this.#rest, buffer.subarray(0, size)]);
      length = data.length;
      this.#rest = undefined;
    }
    let from = 0;
    if (!this.#upgraded) {
      const head = data.subarray(0, length).indexOf("\r\n\r\n");
      if (head >= 0) {
        if (!data.toString("latin1", 0, 12).endsWith(" 101")) {
          this.#end(`refused: ${data.toString("latin1", 0, Math.min(length, 200))}`);
          return false;
        }
        this.#upgraded = true;
        from = head + 4;
      } else {
        this.#rest = Buffer.from(data.subarray(0, length));
        return true;
      }
    }
    if (from > 0) {
      data = data.subarray(from);
      length -= from;
    }
    this.#current = data;
    const consumed = readFrames(data, length, this.#onFrame);
    if (consumed < length && !this.#ended) this.#rest = Buffer.from(data.subarray(consumed, length));
    return !this.#ended;
  }

  readonly #onFrame = (opcode: number, start: number, end: number): void => {
    if (this.#ended) return;
    if (opcode === TEXT) this.#packet(this.#current.toString("latin1", start, end));
    else if (opcode === CLOSE) this.#end("the server closed the connection");
    else if (opcode === PING) this.#end("an unexpected WebSocket ping"); // Engine.IO has its own
  };

  #packet(packet: string): void {
    const type = packet.charCodeAt(0);
    if (type === 0x34 /* 4: message */) this.#message(packet, packet.charCodeAt(1));
    else if (type === 0x32 /* 2: ping */) this.send("3");
    else if (type === 0x30 /* 0: open */) {
      this.send(`40/ws,${JSON.stringify({ token: this.#token, deviceId: this.#deviceId })}`);
    }
  }

  #message(packet: string, kind: number): void {
    if (kind === 0x33 /* 3: acknowledgement */) {
      let id = 0;
      for (let i = 6; ; i++) {
        const digit = packet.charCodeAt(i) - 0x30;
        if (!(digit >= 0 && digit <= 9)) break;
        id = id * 10 + digit;
      }
      this.#listener.acknowledgement(this, id, packet);
    } else if (kind === 0x32 /* 2: event */) {
      if (this.#becomeReady && packet.startsWith('42/ws,["CONNECTION_SUCCESS"')) {
        this.#socket.setTimeout(0);
        this.#becomeReady();
        this.#becomeReady = undefined;
      } else {
        this.#listener.event(this, packet);
      }
    } else if (kind === 0x34 /* 4: connect_error */ || kind === 0x31 /* 1: disconnect */) {
      this.#end(packet);
    }
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    this.#fail?.(new Error(`connection ${this.index}: ${reason}`));
    this.#listener.closed(this, reason);
  }
}

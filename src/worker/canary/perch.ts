/** The canary's two connections: to two gateways, or twice to the only one there is. */
import { lookup } from "node:dns/promises";
import { io, type Socket } from "socket.io-client";

export interface Perch extends Disposable {
  readonly singer: Socket;
  readonly friend: Socket;
  /** Both still connected. */
  readonly whole: boolean;
}

export interface Bird {
  token: string;
  deviceId: string;
}

const CONNECT_TIMEOUT = 5000;

/**
 * Every gateway's address: a name that stands for several, as a headless Service does, counts for all of them.
 * @throws an Error when none of the names is known.
 */
export async function findGateways(addresses: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const address of addresses) {
    const { protocol, hostname, port } = new URL(address);
    const hosts = await lookup(hostname, { all: true });
    const own = hosts.map(({ address: host, family }) => (family === 6 ? `[${host}]` : host));
    // localhost is one machine, by whichever protocol it is reached.
    const used = hostname === "localhost" ? own.slice(0, 1) : own;
    found.push(...used.map((host) => `${protocol}//${host}${port ? `:${port}` : ""}`));
  }
  return [...new Set(found)].sort();
}

/** Connects both, at gateways `turn` and `turn + 1` of the list. Rejects when one of them is not let in within 5 s. */
export async function settle(
  gateways: readonly string[],
  turn: number,
  birds: { singer: Bird; friend: Bird },
): Promise<Perch> {
  const at = (n: number) => gateways[n % gateways.length] as string;
  const [singer, friend] = [open(at(turn), birds.singer), open(at(turn + 1), birds.friend)];
  const close = () => {
    singer.disconnect();
    friend.disconnect();
  };
  try {
    await Promise.all([welcomed(singer), welcomed(friend)]);
  } catch (error) {
    close();
    throw error;
  }
  return {
    singer,
    friend,
    get whole() {
      return singer.connected && friend.connected;
    },
    [Symbol.dispose]: close,
  };
}

function open(url: string, auth: Bird): Socket {
  const options = { reconnection: false, forceNew: true, timeout: CONNECT_TIMEOUT };
  return io(`${url}/ws`, { transports: ["websocket"], ...options, auth: { ...auth } });
}

function welcomed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("a gateway let nobody in for 5 s")), CONNECT_TIMEOUT);
    const done = (error?: Error) => {
      clearTimeout(timer);
      error ? reject(error) : resolve();
    };
    socket.once("CONNECTION_SUCCESS", () => done());
    socket.once("CONNECTION_ERROR", () => done(new Error("a gateway could not read conversations")));
    socket.once("connect_error", done);
  });
}

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

/** How long a gateway has to say whether it is ready, in ms. */
const READY_TIMEOUT = 2000;

/**
 * Every ready gateway's address: a name that stands for several, as a headless Service does, counts for all of them.
 * @throws an Error when no name is known, or no gateway ready.
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
  const known = [...new Set(found)].sort();
  const ready = await Promise.all(known.map(isReady));
  const gateways = known.filter((_, index) => ready[index]);
  if (gateways.length === 0) throw new Error("no gateway is ready");
  return gateways;
}

function isReady(gateway: string): Promise<boolean> {
  return fetch(`${gateway}/readyz`, { signal: AbortSignal.timeout(READY_TIMEOUT) }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );
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

import { io, type Socket } from "socket.io-client";
import type { WireError } from "../protocol/errors.ts";
import type { Message, MessageSent } from "../protocol/message.ts";
import type { Session } from "../protocol/user.ts";

const TIMEOUT_MS = 5_000;

/** A connected socket of one user that keeps every message it is told of. */
export interface Device extends Disposable {
  /** The gateway's own name. */
  readonly gateway: string;
  readonly received: readonly Message[];
  /** Sends and resolves with the acknowledgement. Rejects when it is refused, or has not come after 5 s. */
  send(receiverId: string, content: string, tempId: string): Promise<MessageSent>;
}

type Answer = { ok: true; data: MessageSent } | { ok: false; error: WireError };

/** Connects at the gateway `url`. Rejects with the reason when that is refused or takes more than 5 s. */
export async function connectDevice(url: string, session: Session): Promise<Device> {
  const socket = io(`${url}/ws`, {
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
    timeout: TIMEOUT_MS,
    auth: { token: session.accessToken, deviceId: "smoke" },
  });
  const received: Message[] = [];
  socket.on("NEW_MESSAGE", (message: Message) => received.push(message));
  try {
    return {
      gateway: await welcome(socket, url),
      received,
      [Symbol.dispose]: () => void socket.disconnect(),
      send: async (receiverId, content, tempId) => {
        const answer: Answer = await socket
          .timeout(TIMEOUT_MS)
          .emitWithAck("NEW_MESSAGE", { receiverId, content, tempId });
        if (!answer.ok)
          throw new Error(`a message was refused: ${answer.error.code}, ${answer.error.message}`);
        return answer.data;
      },
    };
  } catch (error) {
    socket.disconnect();
    throw error;
  }
}

function welcome(socket: Socket, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${url} did not let the socket in within ${TIMEOUT_MS / 1000} s`)),
      TIMEOUT_MS,
    );
    socket.once("CONNECTION_SUCCESS", ({ gateway }: { gateway: string }) => {
      clearTimeout(timer);
      resolve(gateway);
    });
    socket.once("connect_error", (error) => {
      clearTimeout(timer);
      reject(new Error(`${url} refused the socket: ${error.message}`));
    });
  });
}

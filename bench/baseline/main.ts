/**
 * The ordinary chat server that a team would write itself, to measure Nexus against: Socket.IO with the
 * Redis Streams adapter, a JWT at the handshake, one INSERT before the acknowledgement, one emit to the
 * receiver's room. No idempotence, no order, no membership check, no receipts, no limits, no metrics.
 *
 * Fair where a good engineer would be: WebSocket only, no compression, no log line for each message, prepared
 * statements, indexes only where its own queries need them.
 */
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-streams-adapter";
import { Redis } from "ioredis";
import { jwtVerify } from "jose";
import postgres from "postgres";
import { Server, type Socket } from "socket.io";

interface NewMessage {
  receiverId?: string;
  conversationId?: string;
  content: string;
  tempId?: string;
}
type Acknowledge = (answer: unknown) => void;

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The baseline needs ${name} in its environment.`);
  return value;
}

const secret = new TextEncoder().encode(required("JWT_SECRET"));
const sql = postgres(required("DATABASE_URL"), { max: 10, onnotice: () => {} });
const redis = new Redis(required("REDIS_URL"));
redis.on("error", (error) => console.error(`redis: ${error.message}`));

const http = createServer((request, response) => {
  response.statusCode = request.url === "/readyz" && redis.status === "ready" ? 200 : 404;
  response.end();
});
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
  adapter: createAdapter(redis, { maxLen: 100_000 }),
});
const chat = io.of("/ws");

chat.use(async (socket, next) => {
  try {
    const { payload } = await jwtVerify(String(socket.handshake.auth.token), secret, {
      algorithms: ["HS256"],
    });
    socket.data.userId = payload.sub;
    next();
  } catch {
    next(new Error("UNAUTHENTICATED"));
  }
});

chat.on("connection", (socket) => {
  const userId: string = socket.data.userId;
  socket.on("NEW_MESSAGE", (message: NewMessage, acknowledge: Acknowledge) => {
    send(socket, message, acknowledge).catch((error) => refuse(error, acknowledge));
  });
  socket.on("MESSAGES_SINCE", (query: { since: string }, acknowledge: Acknowledge) => {
    messagesSince(userId, query.since, acknowledge).catch((error) => refuse(error, acknowledge));
  });
  join(socket, userId).catch((error) => {
    console.error(error);
    socket.disconnect();
  });
});

async function join(socket: Socket, userId: string): Promise<void> {
  const groups = await sql`select group_id from group_members where user_id = ${userId}`;
  await socket.join([`user:${userId}`, ...groups.map((row) => `conversation:${row.group_id}`)]);
  socket.emit("CONNECTION_SUCCESS", { userId });
}

async function send(socket: Socket, message: NewMessage, acknowledge: Acknowledge): Promise<void> {
  const senderId: string = socket.data.userId;
  const { receiverId = null, conversationId = null, content, tempId } = message;
  if (typeof content !== "string" || content.length > 10_000) {
    acknowledge({ ok: false, error: { code: "VALIDATION_FAILED", message: "content" } });
    return;
  }
  const [row] = await sql`
    insert into messages (sender_id, receiver_id, group_id, content)
    values (${senderId}, ${receiverId}, ${conversationId}, ${content})
    returning id, created_at`;
  const seq = Number(row?.id);
  const timestamp = row?.created_at;
  acknowledge({ ok: true, data: { messageId: tempId, seq, timestamp } });
  const room = conversationId === null ? `user:${receiverId}` : `conversation:${conversationId}`;
  socket
    .to(room)
    .emit("NEW_MESSAGE", { id: seq, seq, senderId, receiverId, conversationId, content, timestamp });
}

async function messagesSince(userId: string, since: string, acknowledge: Acknowledge): Promise<void> {
  const rows = await sql`
    select id, sender_id as "senderId", content, created_at as timestamp
    from messages where receiver_id = ${userId} and created_at > ${since}
    order by id limit 500`;
  acknowledge({ ok: true, data: { messages: rows } });
}

function refuse(error: unknown, acknowledge: Acknowledge): void {
  console.error(error);
  acknowledge({ ok: false, error: { code: "INTERNAL", message: "try again" } });
}

function stop(): void {
  void io.close().then(async () => {
    await sql.end({ timeout: 5 });
    redis.disconnect();
    process.exit(0);
  });
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
http.listen(Number(required("PORT")), "127.0.0.1");

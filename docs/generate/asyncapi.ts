import { clientEvents } from "../../src/protocol/client-events.ts";
import { WireError } from "../../src/protocol/errors.ts";
import { serverEvents } from "../../src/protocol/server-events.ts";
import { createSchemaCollector, type JsonSchema } from "./json-schema.ts";

interface Message {
  name: string;
  summary?: string;
  payload: JsonSchema;
}
interface Operation {
  action: "send" | "receive";
  channel: { $ref: string };
  summary?: string;
  messages: { $ref: string }[];
  reply?: { channel: { $ref: string }; messages: { $ref: string }[] };
}

const CHANNEL = "#/channels/nexus";
const channel = { $ref: CHANNEL };
const reference = (message: string) => ({ $ref: `${CHANNEL}/messages/${message}` });

const description = `Socket.IO v4, WebSocket only, namespace \`/ws\`:
\`io("http://localhost:3000/ws", {transports: ["websocket"], auth: {token, deviceId}})\`.

Each message's \`name\` is the event's, its payload the event's one argument. Every client event takes an optional
acknowledgement callback, which gets \`<EVENT>.ack\`. Without a callback the answer comes as the event of that
name, or as \`ERROR\`, or as \`RATE_LIMIT_EXCEEDED\`. A refused connection gets \`connect_error\` with
\`data = {code}\`. Seen from the gateway: it receives client events and sends server events.`;

/** The AsyncAPI 3.0 document of all socket events, both ways, with their acknowledgements. */
export function asyncApiDocument() {
  const { components, schemaOf } = createSchemaCollector();
  const messages: Record<string, Message> = {};
  const operations: Record<string, Operation> = {};
  const failure = schemaOf(WireError, "output");

  for (const [name, payload] of Object.entries(serverEvents))
    messages[name] = { name, payload: schemaOf(payload, "output") };

  for (const [name, event] of Object.entries(clientEvents)) {
    const { payload, data, answer, summary } = event;
    messages[`${name}.request`] = { name, summary, payload: schemaOf(payload, "input") };
    messages[`${name}.ack`] = {
      name: `${name}.ack`,
      summary: `Acknowledges ${name}`,
      payload: acknowledgement(schemaOf(data, "output"), failure),
    };
    const answers = [`${name}.ack`, ...(answer === null ? [] : [answer]), "ERROR", "RATE_LIMIT_EXCEEDED"];
    operations[`receive.${name}`] = {
      action: "receive",
      channel,
      summary,
      messages: [reference(`${name}.request`)],
      reply: { channel, messages: answers.map(reference) },
    };
  }
  for (const name of Object.keys(serverEvents))
    operations[`send.${name}`] = { action: "send", channel, messages: [reference(name)] };

  return {
    asyncapi: "3.0.0",
    info: { title: "Nexus", version: "1", description, license: { name: "Apache-2.0" } },
    defaultContentType: "application/json",
    servers: {
      gateway: {
        host: "localhost:3000",
        pathname: "/socket.io/",
        protocol: "ws",
        description: "Any gateway; Socket.IO's default path",
        security: [{ $ref: "#/components/securitySchemes/token" }],
      },
    },
    channels: { nexus: { address: "/ws", title: "The namespace /ws", messages } },
    operations,
    components: {
      schemas: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "an access token, in the handshake as `auth.token`",
        },
      },
    },
  };
}

function acknowledgement(data: JsonSchema, error: JsonSchema): JsonSchema {
  return {
    oneOf: [
      { type: "object", properties: { ok: { const: true }, data }, required: ["ok", "data"] },
      { type: "object", properties: { ok: { const: false }, error }, required: ["ok", "error"] },
    ],
  };
}

/**
 * Every setting of every process: one table of name, schema, default and description, from which the
 * reference page is generated. Nothing else reads the environment.
 */
import * as z from "zod";

const integer = (min: number, max = Number.MAX_SAFE_INTEGER) => z.coerce.number().int().min(min).max(max);
const milliseconds = (min = 0) => integer(min, 2 ** 31 - 1);
const flag = z.enum(["true", "false", "1", "0"]).transform((v) => v === "true" || v === "1");
const url = (protocol: RegExp) => z.url({ protocol, error: `must be a URL of ${protocol.source}` });
const list = z.string().transform((v) =>
  v
    .split(",")
    .map((s) => s.trim())
    .filter(Boolean),
);

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, "": 1 };
const seconds = z
  .string()
  .regex(/^\d+[smhd]?$/, { error: "a number of seconds, or with a unit: 15m, 12h, 7d" })
  .transform((v) => Number.parseInt(v, 10) * (units[v.replace(/\d+/, "")] ?? 1));

const byteUnits: Record<string, number> = { "": 1, B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
const bytes = z
  .string()
  .regex(/^\d+\s*(B|KB|MB|GB)?$/i, { error: "a size such as 50MB" })
  .transform((v) => Number.parseInt(v, 10) * (byteUnits[v.replace(/[\d\s]+/, "").toUpperCase()] ?? 1));

interface Setting<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** As it would be written in the environment; absent: required or optional, as the schema says. */
  default?: string;
  description: string;
  secret?: true;
}
const setting = <S extends z.ZodType>(schema: S, description: string, fallback?: string): Setting<S> => ({
  schema,
  description,
  ...(fallback !== undefined && { default: fallback }),
});
const secret = <S extends z.ZodType>(schema: S, description: string): Setting<S> => ({
  schema,
  description,
  secret: true,
});

export const settings = {
  // Stores
  DATABASE_URL: secret(url(/^postgres(ql)?$/), "Postgres, read and write"),
  DATABASE_READ_URL: secret(
    url(/^postgres(ql)?$/).optional(),
    "Postgres replicas: SYNC, history and lists are read there when they hold all that was committed before the request",
  ),
  DATABASE_POOL: setting(integer(1, 1000), "connections to Postgres for each process", "10"),
  DATABASE_STATEMENT_TIMEOUT: setting(milliseconds(100), "longest a statement may run, in ms", "10000"),
  REDIS_URL: secret(url(/^rediss?$/).optional(), "Redis or Valkey; without any Redis a gateway works alone"),
  REDIS_SENTINELS: setting(list.optional(), "host:port,… of sentinels, instead of REDIS_URL"),
  REDIS_SENTINEL_NAME: setting(z.string(), "the primary's name at the sentinels", "nexus"),
  REDIS_CLUSTER_NODES: setting(list.optional(), "host:port,… of a Redis Cluster, instead of REDIS_URL"),
  REDIS_PASSWORD: secret(z.string().optional(), "with sentinels or a cluster"),
  REDIS_SENTINEL_PASSWORD: secret(z.string().optional(), "of the sentinels; REDIS_PASSWORD if absent"),
  REDIS_TLS: setting(flag, "TLS to sentinels or a cluster; with REDIS_URL write rediss://", "false"),
  REDIS_CA_FILE: setting(z.string().optional(), "PEM file of the authority that signed Redis' certificates"),
  REDIS_ADAPTER: setting(
    z.enum(["streams", "sharded"]),
    "how gateways tell one another: `streams` (one stream, every gateway reads all) or `sharded` (Pub/Sub by room; for many gateways, Redis 7)",
    "streams",
  ),
  REDIS_STREAM_MAXLEN: setting(
    integer(1000),
    "packets kept in the stream: a gateway that falls behind by more misses live events",
    "100000",
  ),

  // Identity
  JWT_SECRET: secret(
    z.string().min(32, "at least 32 characters").optional(),
    "signs own access tokens (HS256)",
  ),
  JWT_EXPIRES_IN: setting(seconds, "how long an access token is valid", "1h"),
  REFRESH_TOKEN_EXPIRES_IN: setting(seconds, "how long a refresh token is valid", "30d"),
  JWT_JWKS_URL: setting(
    url(/^https?$/).optional(),
    "an identity provider's key set: its tokens are accepted, its users created at first sight",
  ),
  JWT_ISSUER: setting(z.string().optional(), "the provider's `iss`; required with JWT_JWKS_URL"),
  JWT_AUDIENCE: setting(z.string().optional(), "the provider's `aud`; required with JWT_JWKS_URL"),
  LOCAL_ACCOUNTS: setting(flag, "accounts with e-mail and password of Nexus itself", "true"),
  PASSWORD_SCRYPT_COST: setting(
    integer(1024, 2 ** 20),
    "scrypt's N (memory and time of one password check)",
    "32768",
  ),

  // Limits
  RATE_LIMIT_MESSAGES_PER_MINUTE: setting(integer(0), "messages for each user; 0: no limit", "100"),
  RATE_LIMIT_MESSAGES_PER_HOUR: setting(integer(0), "messages for each user; 0: no limit", "1000"),
  RATE_LIMIT_CONVERSATION_PER_MINUTE: setting(
    integer(0),
    "messages for each user in one conversation; 0: no limit",
    "60",
  ),
  RATE_LIMIT_UPLOADS_PER_HOUR: setting(integer(0), "uploads for each user; 0: no limit", "10"),
  RATE_LIMIT_LOGINS_PER_MINUTE: setting(
    integer(0),
    "failed logins for each e-mail address, and ten times that for each network address; 0: no limit",
    "10",
  ),
  MAX_MESSAGE_LENGTH: setting(integer(1, 1_000_000), "characters of a message", "10000"),
  MAX_FILE_SIZE: setting(bytes, "of an attachment", "50MB"),
  WS_MAX_CONNECTIONS: setting(integer(1), "for each gateway", "10000"),
  WS_HEARTBEAT_INTERVAL: setting(milliseconds(1000), "ms between pings", "30000"),
  WS_HEARTBEAT_TIMEOUT: setting(milliseconds(1000), "ms that a client has to answer a ping", "20000"),
  WS_IDLE_TIMEOUT: setting(
    milliseconds(),
    "ms without any event from a client until it is disconnected; 0: never",
    "300000",
  ),
  PRESENCE_AWAY_AFTER: setting(
    milliseconds(1000),
    "ms without activity, health checks aside, until a user is away",
    "300000",
  ),
  PRESENCE_GRACE: setting(milliseconds(), "ms after the last device went until others are told", "4000"),
  CACHE_TTL: setting(integer(0), "seconds that users, conversations and access are cached; 0: not", "300"),
  SEND_BATCH_INTERVAL: setting(
    milliseconds(),
    "least ms between two writes of a busy gateway; an idle one writes at once",
    "10",
  ),

  // Attachments and link previews
  ATTACHMENTS_PATH: setting(
    z.string().optional(),
    "folder for attachments, shared by all gateways and workers; without it and ATTACHMENTS_S3_URL there are none",
  ),
  ATTACHMENTS_S3_URL: setting(
    url(/^https?$/).optional(),
    "bucket for attachments, instead: https://s3.example.com/bucket or https://bucket.s3.example.com, a prefix may follow",
  ),
  ATTACHMENTS_S3_REGION: setting(z.string(), "the bucket's region", "us-east-1"),
  ATTACHMENTS_S3_ACCESS_KEY_ID: secret(z.string().optional(), "may read, write and delete in the bucket"),
  ATTACHMENTS_S3_SECRET_ACCESS_KEY: secret(z.string().optional(), "of the access key"),
  ATTACHMENT_LINK_EXPIRES_IN: setting(
    seconds.refine((s) => s > 0, { error: "must be more than 0" }),
    "how long a download link is valid at least; twice as long at most",
    "5m",
  ),
  ATTACHMENT_UNSENT_EXPIRES_IN: setting(
    seconds,
    "how long a file is kept that was uploaded and never sent",
    "24h",
  ),
  LINK_PREVIEWS: setting(flag, "whether the worker looks at links in messages, for previews", "true"),
  LINK_PREVIEW_NETWORKS: setting(
    list.optional(),
    "private networks (10.1.0.0/16,…) whose pages may be previewed; without it only public addresses are connected to",
  ),

  // Push
  FCM_SERVICE_ACCOUNT_JSON: secret(
    z.string().optional(),
    "a Firebase service account, the JSON that the console gives: turns push on",
  ),
  FCM_PROJECT_ID: setting(z.string().optional(), "with FCM_CLIENT_EMAIL and FCM_PRIVATE_KEY, instead"),
  FCM_CLIENT_EMAIL: setting(z.string().optional(), "of the service account"),
  FCM_PRIVATE_KEY: secret(z.string().optional(), "of the service account, PEM; line breaks may be \\n"),
  FCM_CREDENTIALS_PATH: setting(
    z.string().optional(),
    "a service account's file, or a folder with `service-account.json` or with `project-id`, `client-email` and `private-key` (a mounted Secret), instead: what changes there is taken up without a restart",
  ),
  FCM_WEB_CONFIG: setting(
    z.string().optional(),
    "JSON of the Firebase project's web app (`apiKey`, `projectId`, `messagingSenderId`, `appId`), which the gateways give to browsers, as FCM_VAPID_KEY: with both, the web client offers notifications",
  ),
  FCM_VAPID_KEY: setting(z.string().optional(), "the public key of the project's Web Push certificates"),
  PUSH_DELAY: setting(
    milliseconds(),
    "ms that a device has to confirm a message before it is pushed to it",
    "5000",
  ),
  PUSH_INTERVAL: setting(milliseconds(50), "ms between two looks at what is due", "1000"),
  PUSH_TTL: setting(seconds, "how long after it was sent a message may still be notified of", "24h"),
  PUSH_QUOTA_PER_MINUTE: setting(
    integer(0),
    "pushes of all workers; 0: no limit. Firebase's own quota is 600000",
    "600000",
  ),
  PUSH_TOKEN_EXPIRES_IN: setting(
    seconds,
    "how long after its last registration a device is pushed to",
    "60d",
  ),
  PUSH_LINK: setting(
    url(/^https$/).optional(),
    "the web client's address, which a click on a browser's notification opens",
  ),

  // Process
  PORT: setting(integer(0, 65_535), "of REST and socket", "3000"),
  METRICS_PORT: setting(integer(0, 65_535), "of GET /metrics", "9464"),
  HOST: setting(z.string(), "address to listen on", "0.0.0.0"),
  GATEWAY_ID: setting(
    z.string().max(64).optional(),
    "the gateway's name; the host's with a random suffix if absent",
  ),
  FRONTEND_URL: setting(list, "origins that browsers may call from, separated by commas; *: any", "*"),
  TRUST_PROXY: setting(flag, "take client addresses from X-Forwarded-For", "false"),
  SHUTDOWN_GRACE: setting(milliseconds(), "ms that a gateway has to drain", "25000"),
  DRAIN_DELAY: setting(
    milliseconds(),
    "ms that a stopping gateway goes on as before, until load balancers have taken it out",
    "0",
  ),
  LOG_LEVEL: setting(
    z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    "least level that is logged",
    "info",
  ),

  // Observability
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    url(/^https?$/).optional(),
    "where traces of messages are sent (OTLP over HTTP, `/v1/traces` is added); without it none are made",
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    z.coerce.number().min(0).max(1),
    "share of the messages that are traced, 0 to 1; the same in all processes",
    "0.01",
  ),
  CANARY_INTERVAL: setting(
    milliseconds(),
    "ms between two messages that the worker sends through two gateways to see whether they arrive; 0: none",
    "0",
  ),
  CANARY_GATEWAYS: setting(
    list.optional(),
    "http://host:port,… of gateways for the canary; a name that stands for several addresses stands for all of them",
  ),
} as const;

export type SettingName = keyof typeof settings;
export type Config = { readonly [N in SettingName]: z.output<(typeof settings)[N]["schema"]> };

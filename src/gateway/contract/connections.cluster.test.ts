import { SignJWT, UnsecuredJWT } from "jose";
import { io } from "socket.io-client";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import { type ConnectOptions, ConnectRefused, connect } from "../../testing/client/connect.ts";
import { stage } from "../../testing/contract/stage.ts";
import { type GatewayProcess, startPlatform } from "../../testing/platform/platform.ts";

const on = stage();
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** An access token by the platform's own secret, or another; `lifetime` in seconds may be negative. */
function token(account: Account, lifetime: number, secret = on.platform.jwtSecret): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(account.id)
    .setExpirationTime(now + lifetime)
    .sign(new TextEncoder().encode(secret));
}

async function refusal(options: Partial<ConnectOptions>, gateway = on.gateway(0)): Promise<unknown> {
  const outcome = await connect({ url: gateway.url, ...options }).catch((error) => error);
  if (outcome instanceof ConnectRefused) return outcome.data;
  await outcome.close?.();
  throw outcome instanceof Error ? outcome : new Error("it was let in");
}

describe("the handshake", () => {
  test("lets in with CONNECTION_SUCCESS and makes up a deviceId for who has none", async () => {
    const [alice] = await on.people("Alice");
    const named = await connect({ url: on.gateway(0).url, token: alice.token, deviceId: "phone" });
    onTestFinished(() => named.close());
    expect(await named.events.next("CONNECTION_SUCCESS")).toEqual({
      userId: alice.id,
      deviceId: "phone",
      serverTime: expect.stringMatching(isoTime),
      gateway: "gateway-1",
    });
    const nameless = await connect({ url: on.gateway(1).url, io: { auth: { token: alice.token } } });
    onTestFinished(() => nameless.close());
    const welcome = await nameless.events.next<{ deviceId: string }>("CONNECTION_SUCCESS");
    expect(welcome).toMatchObject({ userId: alice.id, gateway: "gateway-2" });
    expect(welcome.deviceId).toMatch(/.{8,}/);
  });

  test("refuses bad, expired, forged and alg:none tokens, and none at all: UNAUTHENTICATED", async () => {
    const [alice] = await on.people("Alice");
    const [header, , signature] = alice.token.split(".");
    const other = Buffer.from(JSON.stringify({ sub: "admin", exp: 9_999_999_999 })).toString("base64url");
    const bad = [
      undefined,
      "",
      "nonsense",
      await token(alice, -10),
      await token(alice, 60, "another secret that is long enough, too"),
      `${header}.${other}.${signature}`,
      new UnsecuredJWT({}).setSubject(alice.id).setExpirationTime("1h").encode(),
      await token({ ...alice, id: "nobody-at-all" }, 60),
    ];
    for (const credential of bad)
      expect(await refusal({ io: { auth: { token: credential } } })).toMatchObject({
        code: "UNAUTHENTICATED",
      });
    expect(await refusal({ io: { auth: { token: { $ne: "" } } } })).toMatchObject({
      code: "UNAUTHENTICATED",
    });
    expect(await refusal({ token: alice.token, deviceId: "x".repeat(129) })).toMatchObject({
      code: "VALIDATION_FAILED",
    });
  });

  test.each(["/", "/admin"])("refuses the namespace %s", async (namespace) => {
    const [alice] = await on.people("Alice");
    const socket = io(on.gateway(0).url + namespace, {
      transports: ["websocket"],
      reconnection: false,
      auth: { token: alice.token },
    });
    onTestFinished(() => void socket.disconnect());
    await new Promise((resolve, reject) => {
      socket.once("connect_error", resolve);
      socket.once("connect", () => reject(new Error(`${namespace} let somebody in`)));
    });
  });

  test("a token that expires while connected ends with FORCE_DISCONNECT TOKEN_EXPIRED", async () => {
    const [alice] = await on.people("Alice");
    const phone = await on.device({ ...alice, token: await token(alice, 2) });
    expect(await phone.events.next("FORCE_DISCONNECT")).toEqual({
      reason: "TOKEN_EXPIRED",
      timestamp: expect.stringMatching(isoTime),
    });
    expect(await phone.events.next("disconnect")).toBe("io server disconnect");
  });
});

describe("a device", () => {
  test.each([
    ["same", 0],
    ["other", 1],
  ])(
    "that connects again on the %s gateway ends its first connection: DUPLICATE_CONNECTION",
    async (_, second) => {
      const [alice, bob] = await on.people("Alice", "Bob");
      const old = await on.device(alice, 0, { deviceId: "phone" });
      const laptop = await on.device(alice, 0, { deviceId: "laptop" });
      const renewed = await on.device(alice, second, { deviceId: "phone" });
      expect(await old.events.next("FORCE_DISCONNECT")).toEqual({
        reason: "DUPLICATE_CONNECTION",
        timestamp: expect.stringMatching(isoTime),
      });
      expect(await old.events.next("disconnect")).toBe("io server disconnect");
      // Bob's device has the same name and is somebody else's.
      const bobs = await on.device(bob, 0, { deviceId: "phone" });
      await on.settled(
        { account: alice, client: renewed },
        { account: alice, client: laptop },
        { account: bob, client: bobs },
      );
      for (const client of [renewed, laptop, bobs]) {
        expect(client.socket.connected).toBe(true);
        expect(client.events.all("FORCE_DISCONNECT")).toEqual([]);
      }
    },
  );

  test.each([
    ["both gateways", [0, 1, 0, 1]],
    ["one gateway", [1, 1, 1, 1]],
  ])("that connects several times at once over %s keeps exactly one connection", async (_, gateways) => {
    const [alice] = await on.people("Alice");
    const clients = await Promise.all(
      gateways.map((gateway) =>
        connect({ url: on.gateway(gateway).url, token: alice.token, deviceId: "phone" }),
      ),
    );
    for (const client of clients) onTestFinished(() => client.close());
    const ended = clients.map((client) =>
      client.events.next("disconnect", () => true, 5_000).catch(() => "open"),
    );
    // The survivor never ends, so that three have ended is what can be waited for.
    await new Promise<void>((resolve) => {
      let count = 0;
      for (const end of ended) void end.then(() => ++count === 3 && resolve());
    });
    const alive = clients.filter(({ socket }) => socket.connected);
    expect(alive).toHaveLength(1);
    await on.settled({ account: alice, client: alive[0]! });
    expect(alive[0]!.socket.connected).toBe(true);
  });
});

test("a device keeps exactly one connection also when the gateways' clocks differ", async () => {
  const { postgres, redis, jwtSecret } = on.platform;
  const behind = "const now = Date.now; Date.now = () => now() - 30_000;";
  await using slow = await startPlatform({
    gateways: 1,
    worker: false,
    postgres,
    redis: redis ?? false,
    env: {
      JWT_SECRET: jwtSecret,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(behind)}`,
    },
  });
  const [alice] = await on.people("Alice");
  const old = await on.device(alice, 0, { deviceId: "phone" });
  const renewed = await connect({ url: slow.gateways[0]!.url, token: alice.token, deviceId: "phone" });
  onTestFinished(() => renewed.close());
  await Promise.any([old, renewed].map((client) => client.events.next("disconnect")));
  const alive = [old, renewed].filter(({ socket }) => socket.connected);
  expect(alive).toHaveLength(1);
  await on.settled({ account: alice, client: alive[0]! });
  expect(alive[0]!.socket.connected).toBe(true);
});

describe("with a short WS_IDLE_TIMEOUT and room for two connections", () => {
  let small: GatewayProcess;
  beforeAll(async () => {
    const { postgres, redis, jwtSecret } = on.platform;
    const platform = await startPlatform({
      gateways: 1,
      worker: false,
      postgres,
      redis: redis ?? false,
      env: { JWT_SECRET: jwtSecret, WS_IDLE_TIMEOUT: "1500", WS_MAX_CONNECTIONS: "2" },
    });
    small = platform.gateways[0]!;
    return () => platform[Symbol.asyncDispose]();
  });

  test("a silent client is ended with INACTIVE, one that sends HEALTH_CHECK stays", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const silent = await on.device(alice, 0, { url: small.url });
    const lively = await on.device(bob, 0, { url: small.url });
    const beat = setInterval(() => void lively.socket.emit("HEALTH_CHECK"), 400);
    onTestFinished(() => clearInterval(beat));
    expect(await silent.events.next("FORCE_DISCONNECT")).toMatchObject({ reason: "INACTIVE" });
    expect(await silent.events.next("disconnect")).toBe("io server disconnect");
    const answers = lively.events.all("HEALTH_RESPONSE").length;
    await lively.events.next(
      "HEALTH_RESPONSE",
      () => lively.events.all("HEALTH_RESPONSE").length > answers + 2,
    );
    expect(lively.socket.connected).toBe(true);
  });

  test("one too many is refused with UNAVAILABLE, and let in when another has gone", async () => {
    const [alice] = await on.people("Alice");
    const first = await on.device(alice, 0, { url: small.url });
    await on.device(alice, 0, { url: small.url });
    expect(await refusal({ token: alice.token }, small)).toMatchObject({ code: "UNAVAILABLE" });
    await first.close();
    await expect
      .poll(
        () =>
          on.device(alice, 0, { url: small.url }).then(
            () => "in",
            () => "out",
          ),
        { timeout: 3_000 },
      )
      .toBe("in");
  });
});

import { connect as tcpConnect } from "node:net";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/testing/client/connect.ts";
import { openRaw, openSignedIn } from "./raw-socket.ts";
import { expectClearError, openScene, type Scene } from "./scene.ts";

let scene: Scene;
let before: Record<string, number>;
beforeAll(async () => {
  scene = await openScene();
  before = await scene.rows();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

describe("frames that are refused with an answer, on a connection that goes on", () => {
  const send = (payload: string, id = "7") => `42/ws,${id}["NEW_MESSAGE",${payload}]`;
  test.each<[what: string, frame: () => string, answer: string]>([
    [
      "an array nested 100,000 deep",
      () => send(`{"content":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
      "43/ws,7[",
    ],
    [
      "half a megabyte of content",
      () => send(JSON.stringify({ receiverId: scene.bob.id, content: "x".repeat(500_000) })),
      "43/ws,7[",
    ],
    [
      "prototype pollution",
      () => send('{"__proto__":{"content":"x"},"constructor":{"prototype":{"ok":1}}}'),
      "43/ws,7[",
    ],
    [
      "an escaped lone surrogate",
      () => send(`{"receiverId":"${scene.bob.id}","content":"\\ud83d"}`),
      "43/ws,7[",
    ],
    ["an escaped NUL", () => send(`{"receiverId":"${scene.bob.id}","content":"a\\u0000b"}`), "43/ws,7["],
    [
      "a number that overflows",
      () => '42/ws,7["MESSAGE_READ",{"conversationId":"x","seq":1e999}]',
      "43/ws,7[",
    ],
    ["ten arguments", () => '42/ws,7["DELETE_MESSAGE",1,2,3,4,5,6,7,8,9]', "43/ws,7["],
    ["no argument", () => '42/ws,7["NEW_MESSAGE"]', "43/ws,7["],
    ["a huge acknowledgement id", () => send("{}", "99999999999999999999999"), "43/ws,1e+23["],
  ])("%s", async (_, frame, answer) => {
    await using socket = await openSignedIn(scene.url, scene.ann.token);
    socket.frame(1, frame());
    const text = await socket.next(answer);
    const [{ ok, error }] = JSON.parse(text.slice(text.indexOf("[")));
    expect(ok).toBe(false);
    expectClearError(error, "VALIDATION_FAILED");
    socket.frame(1, '42/ws,8["HEALTH_CHECK"]');
    expect(await socket.next("43/ws,8[")).toContain('"ok":true');
  });

  test("a binary attachment where text belongs", async () => {
    await using socket = await openSignedIn(scene.url, scene.ann.token);
    socket.frame(
      1,
      `451-/ws,7["NEW_MESSAGE",{"receiverId":"${scene.bob.id}","content":{"_placeholder":true,"num":0}}]`,
    );
    socket.frame(2, Buffer.from([1, 2, 3]));
    expect(await socket.next("43/ws,7[")).toContain("VALIDATION_FAILED");
  });

  test("an unknown namespace", async () => {
    await using socket = await openRaw(scene.url);
    await socket.next("0{");
    socket.frame(1, "40/admin,");
    expect(await socket.next("44/admin,")).toContain("Invalid namespace");
    socket.frame(1, "40");
    expect(await socket.next("44{")).toContain("NOT_FOUND");
  });
});

describe("frames of no sense: the connection ends, the gateway does not", () => {
  test.each<[what: string, opcode: number, payload: string | Uint8Array]>([
    ["a text that is not Engine.IO", 1, "hello"],
    ["a packet of no type", 1, "9"],
    ["half a JSON", 1, '42/ws,1["NEW_MESSAGE"'],
    ["an object where an array belongs", 1, '42/ws,1{"a":1}'],
    ["an event without a name", 1, "42/ws,1[]"],
    ["an event named by an object", 1, "42/ws,1[{}]"],
    ["a reserved event", 1, '42/ws,1["disconnecting"]'],
    ["more attachments than anybody has", 1, '459999999999-/ws,["NEW_MESSAGE",{}]'],
    [
      "a placeholder of an attachment that is not there",
      1,
      '451-/ws,["NEW_MESSAGE",{"_placeholder":true,"num":99}]',
    ],
    ["binary where no attachment was announced", 2, Buffer.alloc(64, 0xff)],
    [
      "invalid UTF-8",
      1,
      Buffer.from([...Buffer.from('42/ws,1["NEW_MESSAGE",{"content":"'), 0xff, 0xfe, 0xc0, 0x22]),
    ],
    ["a truncated UTF-8 sequence", 1, Buffer.from([0x34, 0x32, 0xe2, 0x82])],
    ["a reserved opcode", 5, "x"],
    ["a ping longer than a control frame may be", 9, "x".repeat(200)],
    ["a frame over 1 MB", 1, `42/ws,1["NEW_MESSAGE",{"content":"${"x".repeat(1_000_001)}"}]`],
    ["a close with a code that does not exist", 8, Buffer.from([0x00, 0x01])],
  ])("%s", async (_, opcode, payload) => {
    await using socket = await openSignedIn(scene.url, scene.eve.token);
    socket.frame(opcode, payload);
    if (opcode === 1 && String(payload).startsWith("451-")) socket.frame(2, Buffer.alloc(4));
    await socket.closed();
  });

  test("an unmasked frame, and a frame that says it is 2^63 bytes long", async () => {
    for (const bytes of [
      [0x81, 0x01, 0x32],
      [0x81, 0xff, 0x7f, ...Array(7).fill(0xff), 0, 0, 0, 0],
    ]) {
      await using socket = await openSignedIn(scene.url, scene.eve.token);
      socket.raw(Buffer.from(bytes));
      await socket.closed();
    }
  });

  test("events before the namespace was joined are not served", async () => {
    await using socket = await openRaw(scene.url);
    await socket.next("0{");
    socket.frame(1, `42/ws,1["NEW_MESSAGE",{"receiverId":"${scene.bob.id}","content":"x"}]`);
    await socket.closed();
  });

  test("what is not HTTP at all", async () => {
    const { hostname, port } = new URL(scene.url);
    for (const bytes of [
      Buffer.alloc(2000, 0xff),
      "GET / HTTP/9.9\r\n\r\n",
      "\r\n".repeat(500),
      "\x16\x03\x01\x02\x00",
    ]) {
      const tcp = tcpConnect(Number(port), hostname);
      const ended = new Promise<void>((resolve) => tcp.once("close", () => resolve()));
      tcp.on("error", () => {});
      tcp.resume().setTimeout(5_000, () => tcp.destroy());
      tcp.end(bytes);
      await ended;
    }
  });
});

describe("tokens", () => {
  const secret = () => new TextEncoder().encode(scene.platform.jwtSecret);
  const signed = (claims: object, key = secret(), alg = "HS256") =>
    new SignJWT({ sub: scene.ann.id, ...claims }).setProtectedHeader({ alg }).setIssuedAt().sign(key);
  const tokens: [what: string, make: () => unknown][] = [
    ["none", () => undefined],
    ["a number", () => 42],
    ["an object", () => ({ sub: scene.ann.id })],
    ["nonsense", () => "nonsense"],
    ["three dots", () => "..."],
    ["100 KB", () => "x".repeat(100_000)],
    ["NUL", () => "\0"],
    ["alg: none", () => new UnsecuredJWT({ sub: scene.ann.id }).setExpirationTime("1h").encode()],
    ["expired", () => signed({ exp: Math.floor(Date.now() / 1000) - 60 })],
    [
      "not yet valid",
      () => signed({ nbf: Math.floor(Date.now() / 1000) + 3600, exp: Math.floor(Date.now() / 1000) + 7200 }),
    ],
    [
      "signed with another key",
      () => signed({ exp: 9999999999 }, new TextEncoder().encode("another secret of enough characters!")),
    ],
    ["signed with another algorithm", () => signed({ exp: 9999999999 }, Buffer.alloc(64, "k"), "HS512")],
    ["without an end", () => signed({})],
    ["of nobody", () => signed({ sub: "nobody", exp: 9999999999 })],
    ["of an empty subject", () => signed({ sub: "", exp: 9999999999 })],
    [
      "with a flipped bit",
      () => `${scene.ann.token.slice(0, -2)}${scene.ann.token.endsWith("AA") ? "BB" : "AA"}`,
    ],
    [
      "with another payload",
      () => {
        const [h, , s] = scene.ann.token.split(".");
        return `${h}.${Buffer.from(JSON.stringify({ sub: scene.bob.id, exp: 9999999999 })).toString("base64url")}.${s}`;
      },
    ],
  ];

  test.each(tokens)("%s: the socket is refused with UNAUTHENTICATED", async (_, make) => {
    const refused = await connect({ url: scene.url, io: { auth: { token: await make() } } }).catch(
      (error) => error,
    );
    expect(refused.data).toMatchObject({ code: "UNAUTHENTICATED" });
    expectClearError(refused.data);
  });

  test.each(tokens.filter(([what]) => !["a number", "an object", "NUL", "100 KB"].includes(what)))(
    "%s: REST answers 401 with UNAUTHENTICATED",
    async (_, make) => {
      const token = await make();
      const response = await fetch(`${scene.url}/users/me`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(5_000),
      });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expectClearError(await response.json(), "UNAUTHENTICATED");
    },
  );

  test.each([42, {}, [], "x".repeat(129), "a\0b", "\ud800"])(
    "the deviceId %j is refused",
    async (deviceId) => {
      const io = { auth: { token: scene.ann.token, deviceId } };
      const refused = await connect({ url: scene.url, io }).catch((error) => error);
      expect(refused.data).toMatchObject({ code: "VALIDATION_FAILED" });
    },
  );
});

test("after all this the same process answers, and nothing was stored", async () => {
  expect(await scene.rows()).toEqual(before);
  await scene.expectUnharmed();
});

import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { isPublic, parseNetworks } from "./addresses.ts";
import { type FetchOptions, fetchSafely } from "./fetch-safely.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A page on this machine, which is reached only where 127.0.0.0/8 is named. */
async function serve(
  answer: RequestListener,
): Promise<{ url: string; port: number; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, asked };
}

const html: RequestListener = (_, response) =>
  void response.setHeader("content-type", "text/html").end("<title>secret</title>");
const redirectTo =
  (location: string): RequestListener =>
  (_, response) =>
    void response.writeHead(302, { location }).end();

function options(more: Partial<FetchOptions> = {}): FetchOptions {
  return {
    networks: parseNetworks([]),
    wanted: /^text\/html/,
    most: 1000,
    cut: true,
    stop: new AbortController().signal,
    ...more,
  };
}
const here = { networks: parseNetworks(["127.0.0.0/8"]) };

test.each([
  ["127.0.0.1", false],
  ["127.255.255.254", false],
  ["0.0.0.0", false],
  ["10.0.0.1", false],
  ["100.64.0.1", false],
  ["169.254.169.254", false],
  ["172.16.0.1", false],
  ["172.31.255.255", false],
  ["192.168.1.1", false],
  ["198.19.0.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::1", false],
  ["::ffff:127.0.0.1", false],
  ["::ffff:8.8.8.8", false],
  ["64:ff9b::a9fe:a9fe", false],
  ["fc00::1", false],
  ["fd00:ec2::254", false],
  ["fe80::1", false],
  ["ff02::1", false],
  ["2001:db8::1", false],
  ["2002:7f00:1::", false],
  ["2001:0:4136:e378:8000:63bf:3fff:fdd2", false],
  ["", false],
  ["localhost", false],
  ["8.8.8.8", true],
  ["172.32.0.1", true],
  ["2606:4700:4700::1111", true],
])("%s is of the public internet: %s", (address, expected) => {
  expect(isPublic(address)).toBe(expected);
});

describe("what is not public is not connected to", () => {
  test.each([
    ["this machine", (port: number) => `http://127.0.0.1:${port}/`],
    ["this machine by name", (port: number) => `http://localhost:${port}/`],
    ["this machine in short", (port: number) => `http://127.1:${port}/`],
    ["this machine as a number", (port: number) => `http://2130706433:${port}/`],
    ["this machine in hexadecimal", (port: number) => `http://0x7f.0x0.0x0.0x1:${port}/`],
    ["this machine in octal", (port: number) => `http://0177.0.0.1:${port}/`],
    ["this machine as IPv6", (port: number) => `http://[::ffff:127.0.0.1]:${port}/`],
    ["no address at all", (port: number) => `http://0.0.0.0:${port}/`],
    ["the cloud's metadata", () => "http://169.254.169.254/latest/meta-data/"],
    ["a file", () => "file:///etc/passwd"],
    ["a user's password", (port: number) => `http://user:password@127.0.0.1:${port}/`],
  ])("%s", async (_, address) => {
    const { port, asked } = await serve(html);
    await expect(fetchSafely(address(port), options())).rejects.toThrow(/is not|has a user/);
    expect(asked).toEqual([]);
  });

  test("a name that has one private address beside public ones", async () => {
    const { port, asked } = await serve(html);
    const resolve = async () => ["93.184.216.34", "127.0.0.1"];
    const fetched = fetchSafely(`http://two.example:${port}/`, options({ resolve }));
    await expect(fetched).rejects.toThrow("is not a public address");
    expect(asked).toEqual([]);
  });

  test("another port of a public address", async () => {
    const resolve = async () => ["93.184.216.34"];
    const fetched = fetchSafely("http://one.example:6379/", options({ resolve }));
    await expect(fetched).rejects.toThrow("own port");
  });

  test.each([
    "http://169.254.169.254/",
    "http://[::1]:80/",
    "http://10.0.0.1/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "//192.168.0.1/x",
  ])("a redirect to %s", async (location) => {
    const { url } = await serve(redirectTo(location));
    await expect(fetchSafely(url, options(here))).rejects.toThrow(/is not a public|is not of the web/);
  });
});

test("a name that means another address a moment later is connected to where it was judged", async () => {
  const { port, asked } = await serve(html);
  const answers = [["127.0.0.1"], ["127.0.0.2"]];
  const resolve = async () => answers.shift() ?? [];
  const fetched = await fetchSafely(`http://moving.example:${port}/x?y`, options({ ...here, resolve }));
  expect(fetched.body.toString()).toContain("secret");
  expect(asked[0]?.headers.host).toBe(`moving.example:${port}`);
  expect(answers).toHaveLength(1);
});

test("a redirect is followed, and says nothing of who asks", async () => {
  const { url, asked } = await serve((request, response) =>
    request.url === "/page" ? html(request, response) : redirectTo("/page")(request, response),
  );
  const fetched = await fetchSafely(`${url}/first`, options(here));
  expect(fetched.url.pathname).toBe("/page");
  expect(
    asked[1]?.headers.cookie ?? asked[1]?.headers.referer ?? asked[1]?.headers.authorization,
  ).toBeUndefined();
});

test("redirects in a circle end", async () => {
  const { url, asked } = await serve(redirectTo("/again"));
  await expect(fetchSafely(url, options(here))).rejects.toThrow("redirects too often");
  expect(asked).toHaveLength(4);
});

test("a page that never ends is cut off, or refused where it must be whole", async () => {
  const { url } = await serve((_, response) => {
    response.setHeader("content-type", "text/html");
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(10_000)));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  });
  expect((await fetchSafely(url, options(here))).body).toHaveLength(1000);
  await expect(fetchSafely(url, options({ ...here, cut: false }))).rejects.toThrow("is too large");
});

test.each([
  ["another type", { "content-type": "application/octet-stream" }, "is of another type"],
  ["compressed", { "content-type": "text/html", "content-encoding": "gzip" }, "is compressed"],
])("a page that is %s is not read", async (_, headers, reason) => {
  const { url } = await serve(
    (_, response) => void response.writeHead(200, headers).end(gzipSync("x".repeat(1e6))),
  );
  await expect(fetchSafely(url, options(here))).rejects.toThrow(reason);
});

test("a server that says nothing is left when the caller must end", async () => {
  const { url } = await serve(() => {});
  const stop = AbortSignal.timeout(50);
  await expect(fetchSafely(url, options({ ...here, stop }))).rejects.toThrow();
});

test("a network that is none is named", () => {
  expect(() => parseNetworks(["10.0.0.0/8", "intranet"])).toThrow("intranet is no network");
});

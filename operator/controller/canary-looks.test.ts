import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { createWorkerMetrics } from "../../src/telemetry/worker-metrics.ts";
import { createCanaryLooks } from "./canary-looks.ts";

/** A worker's metrics as they are served. */
async function worker() {
  const metrics = createWorkerMetrics();
  const server = createServer(async (_, response) => response.end((await metrics.render()).body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { metrics, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics` };
}

function look() {
  const told: string[] = [];
  const looks = createCanaryLooks((cluster) => told.push(cluster), 20);
  onTestFinished(() => looks.stop());
  return { looks, told };
}

test("what the canary sees becomes known, and each change is told once; one late message is borne", async () => {
  const { metrics, address } = await worker();
  metrics.canaryOn();
  const { looks, told } = look();
  expect(looks.word("chat/team", [address])).toBeUndefined();
  await vi.waitFor(() => expect(looks.word("chat/team", [address])).toBe("arrive"));
  metrics.canarySang("lost");
  await vi.waitFor(() => expect(looks.word("chat/team", [address])).toBe("fail"));
  metrics.canarySang("delivered", 0.01);
  await vi.waitFor(() => expect(looks.word("chat/team", [address])).toBe("arrive"));
  expect(told).toEqual(["chat/team", "chat/team", "chat/team"]);
});

test("one of two workers whose messages do not arrive is enough; one that cannot be read is not", async () => {
  const [one, two] = [await worker(), await worker()];
  one.metrics.canaryOn();
  two.metrics.canaryOn();
  two.metrics.canarySang("unsent");
  const { looks } = look();
  const both = [one.address, two.address];
  await vi.waitFor(() => expect(looks.word("a/b", both)).toBe("fail"));
  const gone = [one.address, "http://127.0.0.1:1/metrics"];
  await vi.waitFor(() => expect(looks.word("a/b", gone)).toBe("arrive"));
});

test("no worker that answers, or none with a canary: it cannot be read; without a canary it is forgotten", async () => {
  const { address } = await worker();
  const { looks } = look();
  await vi.waitFor(() => expect(looks.word("a/b", [address])).toBe("unreadable"));
  await vi.waitFor(() => expect(looks.word("a/c", [])).toBe("unreadable"));
  expect(looks.word("a/b", undefined)).toBeUndefined();
  expect(looks.word("a/b", [address])).toBeUndefined();
});

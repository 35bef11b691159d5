import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createTyping, createTypingBook } from "./typing.ts";

type Step =
  | [at: number, what: "start", device?: string, user?: string, conversation?: string]
  | [at: number, what: "stop", user?: string, conversation?: string]
  | [at: number, what: "gone", device?: string, user?: string];

const table: { name: string; steps: Step[]; seen: string[] }[] = [
  {
    name: "a start is seen at once and ends by itself after 5 s",
    steps: [[0, "start"]],
    seen: ["0 alice types in c1", "5000 alice stops in c1"],
  },
  {
    name: "a start within 5 s extends it, and is told again at most every 2 s",
    steps: [
      [0, "start"],
      [500, "start"],
      [1000, "start"],
      [1999, "start"],
      [2000, "start"],
      [3500, "start"],
      [4000, "start"],
    ],
    seen: [
      "0 alice types in c1",
      "2000 alice types in c1",
      "4000 alice types in c1",
      "9000 alice stops in c1",
    ],
  },
  {
    name: "an extension that is not told extends all the same",
    steps: [
      [0, "start"],
      [1500, "start"],
    ],
    seen: ["0 alice types in c1", "6500 alice stops in c1"],
  },
  {
    name: "TYPING_STOP or a sent message ends it, once",
    steps: [
      [0, "start"],
      [700, "stop"],
      [800, "stop"],
    ],
    seen: ["0 alice types in c1", "700 alice stops in c1"],
  },
  {
    name: "after a stop a new start is told at once",
    steps: [
      [0, "start"],
      [100, "stop"],
      [200, "start"],
    ],
    seen: ["0 alice types in c1", "100 alice stops in c1", "200 alice types in c1", "5200 alice stops in c1"],
  },
  { name: "a stop without a start says nothing", steps: [[0, "stop"]], seen: [] },
  {
    name: "a message in another conversation, or somebody else's, ends nothing",
    steps: [
      [0, "start"],
      [100, "stop", "alice", "c2"],
      [200, "stop", "bob", "c1"],
    ],
    seen: ["0 alice types in c1", "5000 alice stops in c1"],
  },
  {
    name: "the device that went ends its own typing everywhere, not that of another device",
    steps: [
      [0, "start", "phone", "alice", "c1"],
      [10, "start", "phone", "alice", "c2"],
      [20, "start", "laptop", "alice", "c3"],
      [1000, "gone", "phone"],
    ],
    seen: [
      "0 alice types in c1",
      "10 alice types in c2",
      "20 alice types in c3",
      "1000 alice stops in c1",
      "1000 alice stops in c2",
      "5020 alice stops in c3",
    ],
  },
  {
    name: "typing that goes on on another device belongs to that one",
    steps: [
      [0, "start", "phone"],
      [1000, "start", "laptop"],
      [1100, "gone", "phone"],
    ],
    seen: ["0 alice types in c1", "6000 alice stops in c1"],
  },
  {
    name: "each ends at its own time, whoever began first",
    steps: [
      [0, "start", "d", "alice"],
      [1000, "start", "d", "bob"],
      [2500, "start", "d", "alice"],
    ],
    seen: [
      "0 alice types in c1",
      "1000 bob types in c1",
      "2500 alice types in c1",
      "6000 bob stops in c1",
      "7500 alice stops in c1",
    ],
  },
];

describe("typing", () => {
  test.each(table)("$name", ({ steps, seen }) => {
    let now = 0;
    const told: string[] = [];
    const book = createTypingBook((conversation, user, isTyping) =>
      told.push(`${now} ${user} ${isTyping ? "types" : "stops"} in ${conversation}`),
    );
    const pass = (until: number) => {
      for (; now < until; now++) book.expire(now);
      book.expire(now);
    };
    for (const step of steps) {
      pass(step[0]);
      if (step[1] === "start") book.start(step[4] ?? "c1", step[3] ?? "alice", step[2] ?? "phone", now);
      else if (step[1] === "stop") book.stop(step[3] ?? "c1", step[2] ?? "alice");
      else book.disconnected(step[3] ?? "alice", step[2] ?? "phone");
    }
    pass(20_000);
    expect(told).toEqual(seen);
    expect(book.expire(Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });

  test("the one timer ends each on time, and rests when nobody types", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const told: string[] = [];
    const typing = createTyping({
      now: () => Date.now(),
      tell: (conversation, _user, isTyping) => void (!isTyping && told.push(conversation)),
    });
    typing.start("c1", "alice", "phone");
    vi.advanceTimersByTime(3000);
    typing.start("c2", "bob", "phone");
    vi.advanceTimersByTime(1999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(["c1"]);
    vi.advanceTimersByTime(3000);
    expect(told).toEqual(["c1", "c2"]);
    expect(vi.getTimerCount()).toBe(0);
    typing.start("c3", "alice", "phone");
    typing.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createTyping } from "./typing.ts";

type Step = [at: number, what: "start" | "stop" | "gone", user?: string, conversation?: string];

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
      [1990, "start"],
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
    name: "who is gone types nowhere any more; others go on",
    steps: [
      [0, "start", "alice", "c1"],
      [10, "start", "alice", "c2"],
      [20, "start", "bob", "c2"],
      [1000, "gone", "alice"],
    ],
    seen: [
      "0 alice types in c1",
      "10 alice types in c2",
      "20 bob types in c2",
      "1000 alice stops in c1",
      "1000 alice stops in c2",
      "5020 bob stops in c2",
    ],
  },
  {
    name: "each ends at its own time, whoever began first",
    steps: [
      [0, "start", "alice"],
      [1000, "start", "bob"],
      [2500, "start", "alice"],
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
    const typing = createTyping(
      (conversation, user, isTyping) =>
        told.push(`${now} ${user} ${isTyping ? "types" : "stops"} in ${conversation}`),
      () => now,
    );
    onTestFinished(() => typing.close());
    function passUntil(time: number): void {
      for (; now < time; now += 10) typing.sweep();
      typing.sweep();
    }
    for (const [at, what, user = "alice", conversation = "c1"] of steps) {
      passUntil(at);
      if (what === "gone") typing.gone(user);
      else typing[what](user, conversation);
    }
    passUntil(20_000);
    expect(told).toEqual(seen);
  });

  test("the one timer ends each within a quarter of a second, and rests when nobody types", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const told: string[] = [];
    const typing = createTyping(
      (conversation, _user, isTyping) => void (!isTyping && told.push(conversation)),
      () => Date.now(),
    );
    expect(vi.getTimerCount()).toBe(0);
    typing.start("alice", "c1");
    vi.advanceTimersByTime(3000);
    typing.start("bob", "c2");
    vi.advanceTimersByTime(1999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(251);
    expect(told).toEqual(["c1"]);
    vi.advanceTimersByTime(3000);
    expect(told).toEqual(["c1", "c2"]);
    expect(vi.getTimerCount()).toBe(0);
    typing.start("alice", "c3");
    typing.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test, vi } from "vitest";
import { createLeadership } from "./leadership.ts";

function candidate(name: string) {
  const heard: string[] = [];
  const leadership = createLeadership({
    name,
    onLead: () => heard.push("lead"),
    onLost: () => heard.push("lost"),
  });
  onTestFinished(() => leadership.close());
  return { leadership, heard };
}

test("one tab leads; the next does when it is closed", async () => {
  const name = randomUUID();
  const [first, second] = [candidate(name), candidate(name)];
  await vi.waitFor(() => expect(first.heard).toEqual(["lead"]));
  expect(second.heard).toEqual([]);
  first.leadership.close();
  await vi.waitFor(() => expect(second.heard).toEqual(["lead"]));
  expect(first.heard).toEqual(["lead"]);
});

test("a tab takes the lead from one that does not answer, which then waits for its turn", async () => {
  const name = randomUUID();
  const [first, second] = [candidate(name), candidate(name)];
  await vi.waitFor(() => expect(first.heard).toEqual(["lead"]));
  second.leadership.take();
  await vi.waitFor(() => expect(second.heard).toEqual(["lead"]));
  await vi.waitFor(() => expect(first.heard).toEqual(["lead", "lost"]));
  expect(first.leadership.leads).toBe(false);
  second.leadership.close();
  await vi.waitFor(() => expect(first.heard).toEqual(["lead", "lost", "lead"]));
});

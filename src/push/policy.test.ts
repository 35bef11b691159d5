import { describe, expect, test } from "vitest";
import type { NotificationSettings } from "../protocol/conversation.ts";
import { decideDevice, effectiveSettings, wantsSilence } from "./policy.ts";
import { isQuiet } from "./quiet-hours.ts";

describe("whether a device is told", () => {
  const named = { socketDevice: "phone", socketDevices: ["phone", "laptop"] };
  const unnamed = { socketDevice: null, socketDevices: ["laptop"] };
  const at = (...entries: [string, boolean][]) => new Map(entries);
  test.each<[string, object, boolean, Map<string, boolean> | undefined, string]>([
    ["nobody is connected", named, false, at(), "send"],
    ["another device has it", named, true, at(["laptop", true]), "send"],
    ["it is connected and has it", named, true, at(["phone", false]), "skip"],
    ["it is in use and has it", named, true, at(["phone", true]), "skip"],
    ["it is in use, and has not confirmed", named, false, at(["phone", true]), "later"],
    ["it is connected, in the background, and has not confirmed", named, false, at(["phone", false]), "send"],
    ["unnamed, only named ones are connected", unnamed, true, at(["laptop", true]), "send"],
    ["unnamed, one without a name is connected and has it", unnamed, true, at(["x", true]), "skip"],
    ["unnamed, one without a name is in use", unnamed, false, at(["x", true], ["y", false]), "later"],
    ["unnamed, one without a name is connected", unnamed, false, at(["x", false]), "send"],
    ["Redis is away and somebody has it", named, true, undefined, "skip"],
    ["Redis is away and nobody has it", named, false, undefined, "send"],
  ])("%s", (_name, device, delivered, connected, decision) => {
    expect(decideDevice({ ...(device as typeof named), delivered }, connected)).toBe(decision);
  });
});

describe("silence", () => {
  const now = new Date("2026-07-01T21:30:00Z");
  test.each<[NotificationSettings, boolean]>([
    [{}, false],
    [{ level: "all", mutedUntil: null, quietHours: null }, false],
    [{ level: "none" }, true],
    [{ mutedUntil: "2026-07-01T21:30:00.001Z" }, true],
    [{ mutedUntil: "2026-07-01T21:30:00.000Z" }, false],
    [{ quietHours: { from: "21:00", to: "22:00", timeZone: "UTC" } }, true],
    [{ quietHours: { from: "22:00", to: "07:00", timeZone: "UTC" } }, false],
    [{ quietHours: { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" } }, true], // 23:30 there, in summer
  ])("%j: %s", (settings, silent) => {
    expect(wantsSilence(settings, now)).toBe(silent);
  });

  test("a conversation's settings win over the user's own", () => {
    const own = { level: "mentions", hideContent: true } as const;
    expect(effectiveSettings(own, {})).toEqual(own);
    expect(effectiveSettings(own, { level: "all" })).toEqual({ level: "all", hideContent: true });
  });

  test.each([
    ["22:00", true],
    ["23:59", true],
    ["00:00", true],
    ["06:59", true],
    ["07:00", false],
    ["21:59", false],
  ])("hours over midnight: %s", (time, quiet) => {
    const hours = { from: "22:00", to: "07:00", timeZone: "UTC" };
    expect(isQuiet(hours, new Date(`2026-07-01T${time}:00Z`))).toBe(quiet);
  });

  test("an unknown time zone counts as UTC", () => {
    const hours = { from: "10:00", to: "11:00", timeZone: "Moon/Tranquility" };
    expect(isQuiet(hours, new Date("2026-07-01T10:30:00Z"))).toBe(true);
  });
});

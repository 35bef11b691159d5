import type { QuietHours } from "../protocol/conversation.ts";

/** Formatters are costly to make, and few time zones are in use. */
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Whether it is quiet at that moment; hours that end where they begin are quiet all day. */
export function isQuiet(hours: QuietHours, at: Date): boolean {
  const now = timeOfDay(at, hours.timeZone);
  if (hours.from < hours.to) return hours.from <= now && now < hours.to;
  return now >= hours.from || now < hours.to;
}

/** As "HH:MM"; a time zone that this Node does not know counts as UTC. */
function timeOfDay(at: Date, timeZone: string): string {
  let clock = clocks.get(timeZone);
  if (!clock) {
    try {
      clock = formatter(timeZone);
    } catch {
      clock = formatter("UTC");
    }
    clocks.set(timeZone, clock);
  }
  return clock.format(at);
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

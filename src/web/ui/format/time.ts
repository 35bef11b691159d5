const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const longWeekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const fullDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const shortDate = new Intl.DateTimeFormat(undefined, { dateStyle: "short" });

/** "14:05" */
export function clockTime(iso: string): string {
  return clock.format(new Date(iso));
}

/** Everything about the moment, for a title. */
export function exactTime(iso: string): string {
  return full.format(new Date(iso));
}

/** For a list: the time of today, the weekday of this week, else the date. */
export function listTime(iso: string, now = Date.now()): string {
  const days = daysBetween(iso, now);
  if (days <= 0) return clockTime(iso);
  if (days < 7) return weekday.format(new Date(iso));
  return new Date(iso).getFullYear() === new Date(now).getFullYear()
    ? dayOfYear.format(new Date(iso))
    : shortDate.format(new Date(iso));
}

/** For a separator between days. */
export function dayLabel(iso: string, now = Date.now()): string {
  const days = daysBetween(iso, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return longWeekday.format(new Date(iso));
  const date = new Date(iso);
  return (date.getFullYear() === new Date(now).getFullYear() ? longDay : fullDay).format(date);
}

/** Two moments have the same key when they are on the same day here. */
export function dayKey(iso: string): string {
  const date = new Date(iso);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** "last seen …" as people say it; undefined when it is not known. */
export function lastSeenText(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return "offline";
  const minutes = Math.floor((now - Date.parse(iso)) / 60_000);
  if (minutes < 1) return "last seen just now";
  if (minutes < 60) return `last seen ${minutes} min ago`;
  const days = daysBetween(iso, now);
  if (days <= 0) return `last seen at ${clockTime(iso)}`;
  if (days === 1) return `last seen yesterday at ${clockTime(iso)}`;
  return `last seen ${listTime(iso, now)}`;
}

function daysBetween(iso: string, now: number): number {
  const a = new Date(iso).setHours(0, 0, 0, 0);
  const b = new Date(now).setHours(0, 0, 0, 0);
  return Math.round((b - a) / DAY);
}

/** The small types that everything on the wire is made of. */
import * as z from "zod";

// Postgres stores no NUL and UTF-8 no lone surrogate: either would be changed or refused on the way,
// so both are refused here, where the sender can be told.
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** Text of at most `max` characters (Unicode code points, as Postgres counts them). */
export function text(max: number, min = 0) {
  return z
    .string()
    .refine((s) => fits(s, max), { error: `at most ${max} characters`, abort: true })
    .refine((s) => s.length >= min, { error: min === 1 ? "must not be empty" : `at least ${min} characters` })
    .refine(isStorable, { error: "must be valid Unicode without NUL characters" })
    .meta({ maxLength: max, ...(min > 0 && { minLength: min }) });
}

/** Whether `s` has at most `max` code points; counts only when the UTF-16 length leaves it open. */
export function fits(s: string, max: number): boolean {
  if (s.length <= max) return true;
  if (s.length > 2 * max) return false;
  let count = 0;
  for (const _ of s) if (++count > max) return false;
  return true;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(s: string): boolean {
  return uuidPattern.test(s);
}

export const Uuid = z
  .string()
  .toLowerCase()
  .regex(uuidPattern, { error: "must be a UUID" })
  .meta({ format: "uuid" });

/** A user's id is the `sub` of their access token, so a provider decides what it looks like. */
export const UserId = z
  .string()
  .min(1)
  .max(128)
  .refine((s) => isStorable(s) && !/\p{Cc}/u.test(s), { error: "must be a user id" });

/** ISO 8601 with a zone; normalised to UTC with milliseconds. */
export const Timestamp = z.iso
  .datetime({ offset: true })
  .refine((s) => isStorableTime(Date.parse(s)), {
    error: "must be a time of the years 1 to 9999",
    abort: true,
  })
  .overwrite((s) => new Date(s).toISOString());

const YEAR_1 = Date.parse("0001-01-02T00:00:00Z");
const YEAR_9999 = Date.parse("9999-12-30T00:00:00Z");

function isStorableTime(ms: number): boolean {
  return ms >= YEAR_1 && ms <= YEAR_9999;
}

export const Seq = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const Version = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const TempId = text(128, 1);
export const Emoji = text(32, 1);

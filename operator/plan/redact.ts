import type { V1Secret } from "@kubernetes/client-node";
import { passwordsOf } from "../topologies/common/url-password.ts";

/** Keys whose values people may read. */
const open = new Set(["project-id", "client-email"]);
/** Shorter ones would blank out ordinary words. */
const LEAST_LENGTH = 6;

/** A function that blanks out the Secrets' values wherever they appear in a text, as in a program's last words. */
export function redactor(secrets: Iterable<V1Secret>): (text: string) => string {
  const values = new Set<string>();
  for (const { data } of secrets)
    for (const [key, encoded] of Object.entries(data ?? {})) {
      if (open.has(key)) continue;
      const value = Buffer.from(encoded, "base64").toString("utf8").trim();
      values.add(value);
      if (!URL.canParse(value)) continue;
      for (const password of passwordsOf(new URL(value))) values.add(password);
    }
  const longestFirst = [...values]
    .filter((value) => value.length >= LEAST_LENGTH)
    .sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((clean, value) => clean.replaceAll(value, "***"), text);
}

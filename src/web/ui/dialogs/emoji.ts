import data from "emojibase-data/en/compact.json" with { type: "json" };

export interface Emoji {
  emoji: string;
  label: string;
}

const names = [
  "Smileys",
  "People",
  "",
  "Animals and nature",
  "Food and drink",
  "Travel and places",
  "Activities",
  "Objects",
  "Symbols",
  "Flags",
] as const;

const key = "nexus.emoji";
const MOST_RECENT = 24;
const MOST_FOUND = 96;

const all = data
  .filter(({ group }) => group !== undefined && names[group])
  .map(({ unicode, label, group = 0, order = 0, tags = [] }) => ({
    emoji: unicode,
    label,
    group,
    order,
    words: [label, ...tags].join(" ").toLowerCase(),
  }))
  .sort((a, b) => a.order - b.order);

export const emojiGroups = names.flatMap((name, group) =>
  name === "" ? [] : [{ name, emoji: all.filter((each) => each.group === group) }],
);

/** Those of whose name or keywords every word of the query is a beginning of one. */
export function findEmoji(query: string): Emoji[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return all
    .filter(({ words }) => wanted.every((word) => words.startsWith(word) || words.includes(` ${word}`)))
    .slice(0, MOST_FOUND);
}

/** Those used last on this device, newest first. */
export function recentEmoji(): Emoji[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    const known = new Map(all.map((each) => [each.emoji, each]));
    return Array.isArray(kept) ? kept.flatMap((each) => known.get(String(each)) ?? []) : [];
  } catch {
    return [];
  }
}

export function rememberEmoji(emoji: string): void {
  const recent = [
    emoji,
    ...recentEmoji()
      .map((each) => each.emoji)
      .filter((each) => each !== emoji),
  ];
  try {
    localStorage.setItem(key, JSON.stringify(recent.slice(0, MOST_RECENT)));
  } catch {
    // Storage is switched off: nothing is remembered.
  }
}

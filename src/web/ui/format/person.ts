/** A colour's hue that stays the same for one id, spread over the circle. */
export function hueOf(id: string): number {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  return Math.abs(hash ^ (hash >>> 13)) % 360;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The first characters of the first and the last word, as a person sees characters: "Ada Lovelace" → "AL". */
export function initialsOf(name: string): string {
  const words = name
    .replace(/[^\p{L}\p{N}\p{Extended_Pictographic}\s]/gu, " ")
    .split(/\s+/)
    .filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen
    .map((word) => firstGrapheme(word ?? ""))
    .join("")
    .toUpperCase();
}

/** What to call somebody in a sentence: the first word of the name. */
export function shortName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}

function firstGrapheme(word: string): string {
  for (const { segment } of segmenter.segment(word)) return segment;
  return "";
}

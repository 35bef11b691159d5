import type { Highlight } from "../protocol/search.ts";

/** What a query looks for, as far as it can be shown in a text: folded words, each with whether it may go on. */
export interface Wanted {
  word: string;
  open: boolean;
}

const wordPattern = /[\p{L}\p{N}\p{M}_]+/gu;
/** A query's last word may be the beginning of one from so many signs on. */
const LEAST_BEGINNING = 3;

/** As search_fold in 0006_features.sql folds: lower case, without accents and other marks. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "");
}

/** Whether the query's last word may be the beginning of a longer one: somebody may still be writing it. */
export function isOpen(query: string): boolean {
  const last = /(?:^|\s)([^\s"-][^\s"]*)$/u.exec(query)?.[1];
  return (
    last !== undefined &&
    last.toLowerCase() !== "or" &&
    /[\p{L}\p{N}]$/u.test(last) &&
    [...last].length >= LEAST_BEGINNING
  );
}

/** The words that a query wants, without those that it does not. */
export function wantedWords(query: string): Wanted[] {
  const positive = query.replace(/(^|\s)-("[^"]*"|\S+)/gu, " ").replace(/(^|\s)or(?=\s)/giu, " ");
  const words = [...fold(positive).matchAll(wordPattern)].map(([word]) => ({ word, open: false }));
  const last = words.at(-1);
  if (last && isOpen(query)) last.open = true;
  return words;
}

/** Where `content` has one of the words, in order. */
export function highlightsOf(content: string, wanted: readonly Wanted[]): Highlight[] {
  const exact = new Set(wanted.map(({ word }) => word));
  const beginnings = wanted.filter(({ open }) => open).map(({ word }) => word);
  const found: Highlight[] = [];
  for (const match of content.matchAll(wordPattern)) {
    const word = fold(match[0]);
    if (!exact.has(word) && !beginnings.some((beginning) => word.startsWith(beginning))) continue;
    found.push({ start: match.index, end: match.index + match[0].length });
  }
  return found;
}

import { flatten, meaning, type Value } from "./values.ts";

const begin = "<!-- VALUES -->";
const end = "<!-- /VALUES -->";

/** The values as a Markdown table: a row for each that a person may set, and one for each group that has a comment. */
export function valuesTable(values: readonly Value[]): string {
  return ["| value | default | meaning |", "|---|---|---|", ...rows(values)].join("\n");
}

function rows(values: readonly Value[]): string[] {
  return values.flatMap((value) => {
    const text = meaning(value).replaceAll("|", "\\|");
    const explained = flatten(value.children).some((child) => meaning(child) !== "");
    if (value.children.length > 0 && explained)
      return [...(text ? [`| **\`${value.path}\`** | | ${text} |`] : []), ...rows(value.children)];
    return [`| \`${value.path}\` | \`${JSON.stringify(value.value)}\` | ${text} |`];
  });
}

/**
 * The chart's README with its table brought up to date between the marks.
 * @throws Error when a mark is not there
 */
export function withValuesTable(readme: string, values: readonly Value[]): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`charts/nexus/README.md needs the marks ${begin} and ${end} for its table of values`);
  return `${readme.slice(0, from + begin.length)}\n\n${valuesTable(values)}\n\n${readme.slice(to)}`;
}

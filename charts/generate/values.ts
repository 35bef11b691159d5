/** charts/nexus/values.yaml with its comments: from it come the chart's schema and the table in its README. */
import { isMap, isScalar, parseDocument, type YAMLMap } from "yaml";

export interface Value {
  /** Dotted, from the top: `operator.replicas`. */
  path: string;
  /** The comment above it. */
  description: string;
  /** The default. */
  value: unknown;
  /** Of a map that is not empty. */
  children: Value[];
}

/** All values in their order. @throws Error with the line when the text is no YAML */
export function readValues(text: string): Value[] {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw problem;
  if (!isMap(document.contents)) throw new Error("values.yaml holds no values");
  return children(document.contents, "");
}

function children(map: YAMLMap, prefix: string): Value[] {
  return map.items.map(({ key, value }, index) => {
    if (!isScalar(key)) throw new Error(`${prefix}: a value's name is a word`);
    const path = `${prefix}${key.value}`;
    // The parser counts what stands above the first key as a comment of the map.
    const comment = (index === 0 ? map.commentBefore : undefined) ?? key.commentBefore ?? "";
    const nested = isMap(value) && value.items.length > 0 ? value : undefined;
    return {
      path,
      description: comment
        .split("\n")
        .map((line) => line.replace(/^ /, ""))
        .join("\n"),
      value: isMap(value) || !isScalar(value) ? toJs(value) : value.value,
      children: nested ? children(nested, `${path}.`) : [],
    };
  });
}

function toJs(node: unknown): unknown {
  return (node as { toJSON(): unknown } | null)?.toJSON() ?? null;
}

/** All values of the tree in their order, parents first. */
export function flatten(values: readonly Value[]): Value[] {
  return values.flatMap((value) => [value, ...flatten(value.children)]);
}

/** What the comment says without its example. */
export function meaning({ description }: Value): string {
  return (
    description
      .split(/\s*For example:/)[0]
      ?.replaceAll("\n", " ")
      .trim() ?? ""
  );
}

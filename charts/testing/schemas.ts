import { mkdir, writeFile } from "node:fs/promises";
import { run } from "../../tests/e2e/support/program.ts";

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  [keyword: string]: unknown;
}

/**
 * Writes a schema for kubeconform of every kind that the Kubernetes of KUBECONFIG serves, its custom ones included,
 * into `directory`; resolves with the schema location to give to it. Fields that the API does not know are refused.
 */
export async function writeSchemas(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const { paths } = JSON.parse(await raw("/openapi/v3")) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    if (!/^apis?\/(.+\/)?v\d/.test(path)) continue;
    const { components } = JSON.parse(await raw(serverRelativeURL)) as {
      components?: { schemas?: Record<string, Schema> };
    };
    const schemas = components?.schemas ?? {};
    for (const schema of Object.values(schemas)) close(schema);
    for (const [name, schema] of Object.entries(schemas)) {
      const [id, ...more] = schema["x-kubernetes-group-version-kind"] ?? [];
      if (id === undefined || more.length > 0) continue; // not a kind of its own, such as DeleteOptions
      const group = id.group === "" ? [] : [id.group.split(".")[0]];
      const file = [id.kind, ...group, id.version].join("-").toLowerCase();
      const document = { $ref: `#/components/schemas/${name}`, components };
      await writeFile(`${directory}/${file}.json`, JSON.stringify(document));
    }
  }
  return `${directory}/{{.ResourceKind}}{{.KindSuffix}}.json`;
}

function raw(path: string): Promise<string> {
  return run("kubectl", ["get", "--raw", path]);
}

/** What the API server does with field validation "Strict", said in the schema. */
function close(schema: Schema): void {
  if (schema.properties && schema.additionalProperties === undefined)
    if (!schema["x-kubernetes-preserve-unknown-fields"]) schema.additionalProperties = false;
  for (const value of Object.values(schema))
    for (const inner of Array.isArray(value) ? value : [value])
      if (typeof inner === "object" && inner !== null) close(inner as Schema);
}

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { manifests } from "./generate/manifests.ts";

const rendered = manifests();

test.skipIf(rendered === undefined)("the manifests are what the chart renders", async () => {
  for (const [path, content] of Object.entries(rendered ?? {})) {
    const present = await readFile(new URL(`../${path}`, import.meta.url), "utf8");
    expect(present === content, `${path} is not up to date: run \`npm run docs\` and commit`).toBe(true);
  }
});

test("the operator and what sets the chat cluster up run the same image", async () => {
  const images = await Promise.all(
    ["operator.yaml", "setup.yaml", "test.yaml"].map(async (name) => {
      const text = await readFile(new URL(`../manifests/${name}`, import.meta.url), "utf8");
      return parseAllDocuments(text)
        .map((document) => document.toJS() as { spec?: PodSpec & { template?: { spec: PodSpec } } })
        .flatMap(({ spec }) => (spec?.template?.spec ?? spec)?.containers ?? [])
        .map(({ image }) => image);
    }),
  );
  expect(images.flat()).toHaveLength(3);
  expect(new Set(images.flat()).size).toBe(1);
});

interface PodSpec {
  containers?: { image: string }[];
}

test("chart, manifests and package are of one version", async () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
  const { version } = JSON.parse(await read("../package.json")) as { version: string };
  expect(await read("nexus/Chart.yaml")).toContain(`\nversion: ${version}\nappVersion: "${version}"\n`);
  expect(await read("../manifests/setup.yaml")).toContain(`image: ghcr.io/nexus-chat/nexus:${version}\n`);
});

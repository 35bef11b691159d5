import { expect, test } from "vitest";
import { settings } from "../../src/config/settings.ts";
import { errorCodes } from "../../src/protocol/errors.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { errorsPage } from "./errors-page.ts";
import { openApiDocument } from "./openapi.ts";
import { settingsPage } from "./settings-page.ts";

test("the pages have every setting and every error", () => {
  for (const name of Object.keys(settings)) expect(settingsPage()).toContain(`| \`${name}\` |`);
  for (const code of errorCodes) expect(errorsPage()).toContain(`| \`${code}\` |`);
});

test("no page breaks its tables", () => {
  for (const page of [settingsPage(), errorsPage()]) {
    const rows = page.split("\n").filter((line) => line.startsWith("|"));
    const columns = (row: string) => row.replaceAll("\\|", "").split("|").length;
    expect(new Set(rows.map(columns)).size).toBe(1);
  }
});

test("what is generated twice is the same", async () => {
  expect(JSON.stringify(asyncApiDocument())).toBe(JSON.stringify(asyncApiDocument()));
  expect(JSON.stringify(await openApiDocument())).toBe(JSON.stringify(await openApiDocument()));
});

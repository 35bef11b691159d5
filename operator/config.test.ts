import { expect, test } from "vitest";
import { loadOperatorConfig } from "./config.ts";

const least = { NEXUS_IMAGE: "a:1", NEXUS_DATA_IMAGE: "b:1", NEXUS_VERSION: "0.1.0" };

test("three settings are enough; the others have defaults", () => {
  expect(loadOperatorConfig(least)).toMatchObject({
    WATCH_NAMESPACE: "",
    PORT: 8080,
    LEASE_NAME: "nexus-operator",
  });
});

test("all that is wrong is told at once", () => {
  const env = {
    NEXUS_IMAGE: "a:1",
    NEXUS_VERSION: "1",
    WATCH_NAMESPACE: "No",
    PORT: "many",
    LOG_LEVEL: "loud",
  };
  expect(() => loadOperatorConfig(env)).toThrow(
    /WATCH_NAMESPACE: [\s\S]*NEXUS_DATA_IMAGE is required: [\s\S]*PORT: [\s\S]*LOG_LEVEL: /,
  );
});

import { defineConfig } from "vitest/config";

const rooms = ["src", "operator", "tests", "docs", "bench"];
const files = (suffix: string) => rooms.map((room) => `${room}/**/*${suffix}.test.ts`);

// The suffix says what a test needs: `.test.ts` nothing, `.pg.test.ts` Postgres, `.cluster.test.ts` the platform.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: files(""),
          exclude: ["**/node_modules/**", "**/*.pg.test.ts", "**/*.cluster.test.ts"],
        },
      },
      {
        test: {
          name: "pg",
          include: files(".pg"),
          globalSetup: "src/testing/pg/global-setup.ts",
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "cluster",
          include: files(".cluster"),
          // Each file brings up a platform of six processes: one at a time.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});

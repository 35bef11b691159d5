import { defineConfig } from "vitest/config";

const rooms = ["src", "operator", "tests", "docs", "bench", "images", "charts"];
const files = (suffix: string) => rooms.map((room) => `${room}/**/*${suffix}.test.ts`);

const needing = ["pg", "cluster", "web", "kube", "e2e"];

// The suffix says what a test needs: `.test.ts` nothing, `.pg.test.ts` Postgres, `.cluster.test.ts` the platform,
// `.web.test.ts` Chromium besides, `.kube.test.ts` a Kubernetes API, `.e2e.test.ts` images on a Kubernetes besides.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: files(""),
          exclude: ["**/node_modules/**", ...needing.map((need) => `**/*.${need}.test.ts`)],
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
          // Each file brings up a platform of six processes: one at a time. On two cores that others use as well,
          // a test may run out of its time once.
          fileParallelism: false,
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "web",
          include: files(".web"),
          globalSetup: "tests/web/global-setup.ts",
          // One platform and one browser at a time, as with cluster.
          fileParallelism: false,
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "kube",
          include: files(".kube"),
          fileParallelism: false,
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: files(".e2e"),
          fileParallelism: false,
          retry: 1,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});

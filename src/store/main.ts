/** `npm run migrate`: brings the schema of DATABASE_URL to this release's version. */
import { installJobQueue } from "./job-queue.ts";
import { migrate } from "./migrate.ts";

// As process 1 of a container nothing would end it otherwise; Postgres undoes what was not committed.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(130));

const url = process.env.DATABASE_URL;
if (!url) {
  process.stderr.write("DATABASE_URL is required: the Postgres to migrate\n");
  process.exitCode = 2;
} else {
  try {
    const applied = await migrate(url, (message) => process.stdout.write(`${message}\n`));
    await installJobQueue(url);
    process.stdout.write(applied.length > 0 ? `schema is up to date now\n` : "schema was up to date\n");
  } catch (error) {
    process.stderr.write(`migration failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

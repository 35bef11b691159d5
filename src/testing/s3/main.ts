/**
 * An S3 server for tests of backups, in the e2e image: `node src/testing/s3/main.ts FOLDER CERTIFICATE KEY PORT BUCKET`.
 * It speaks TLS and keeps objects as files; access key and secret are `S3RVER`.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { isSigned } from "./signature.ts";

interface Server {
  middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[];
  run(): Promise<{ port: number }>;
  close(): Promise<void>;
}
interface Context {
  req: IncomingMessage;
  res: ServerResponse;
  status: number;
  type: string;
  body: string;
}
interface Options {
  address: string;
  port: number;
  directory: string;
  key: Buffer;
  cert: Buffer;
  configureBuckets: { name: string }[];
  vhostBuckets: boolean;
  allowMismatchedSignatures: boolean;
}
// It comes without types.
const S3rver = createRequire(import.meta.url)("@20minutes/s3rver") as new (options: Options) => Server;
const SECRET = "S3RVER";

const [directory, cert, key, port, bucket] = process.argv.slice(2);
if (!directory || !cert || !key || !port || !bucket)
  throw new Error("Say where: node src/testing/s3/main.ts FOLDER CERTIFICATE KEY PORT BUCKET");
const server = new S3rver({
  address: "::",
  port: Number(port),
  directory,
  cert: readFileSync(cert),
  key: readFileSync(key),
  configureBuckets: [{ name: bucket }],
  vhostBuckets: false,
  // It takes the slash from the end of a bucket's path, which S3 does not, and then finds pgBackRest's signatures wrong.
  allowMismatchedSignatures: true,
});
server.middleware.unshift(async (context, next) => {
  if (isSigned(context.req, SECRET)) return next();
  context.status = 403;
  context.type = "application/xml";
  context.body =
    "<Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match</Message></Error>";
});
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void server.close().then(() => process.exit(0)));
console.log(`S3 listens on ${(await server.run()).port}`);

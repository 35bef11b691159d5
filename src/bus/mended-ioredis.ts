/**
 * ioredis 6.0.0 with its commands mended: V8 puts a function literal that is assigned to a property straight into the
 * old generation, and with it, until the next full collection, all that it closes over: here each command with its
 * arguments and its answer, which are the packets of all gateways. See src/store/mended-postgres.ts for what that did.
 */
import type * as ioredis from "ioredis";
import { loadMended, type Mend } from "../mending/load-mended.ts";

const command: readonly Mend[] = [
  ["            this.reject = (err) => {\n", "            const fail = (err) => {\n"],
  [
    "                    reject(err);\n                }\n            };\n",
    "                    reject(err);\n                }\n            };\n            this.reject = fail;\n",
  ],
];

const mended = loadMended({
  library: "ioredis",
  files: { "Command.js": command },
  advice:
    "ioredis is not 6.0.0: see with src/bus/mended-ioredis.test.ts whether src/bus/mended-ioredis.ts is still " +
    "needed, and fit it to the new version or do without it.",
}) as typeof ioredis;

export const { Redis, Cluster, Command } = mended;
export type Redis = ioredis.Redis;
export type Cluster = ioredis.Cluster;

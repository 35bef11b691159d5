/**
 * A program of its own, so that who asks need not hold firebase-admin in memory: an account comes as JSON by standard
 * input, one line with Firebase's verdict leaves by standard output.
 */
import { text } from "node:stream/consumers";
import * as z from "zod";
import { checkAccount } from "../check-account.ts";

const Account = z.object({ projectId: z.string(), clientEmail: z.string(), privateKey: z.string() });

const verdict = await checkAccount(Account.parse(JSON.parse(await text(process.stdin))));
// firebase-admin keeps its connection open: nothing waits for that.
process.stdout.write(`${JSON.stringify(verdict)}\n`, () => process.exit(0));

/** `node --import` this file: the process takes the server named by FAKE_FCM (JSON of a Redirection) for Google. */
import { type Redirection, redirectGoogle } from "../redirect.ts";

const redirection = process.env.FAKE_FCM;
if (redirection) redirectGoogle(JSON.parse(redirection) as Redirection);

import * as z from "zod";

/** What a browser must know before anybody signed in. Nothing in it is secret. */
export const ClientConfig = z
  .object({
    registration: z.boolean().describe("accounts may be made here; false: an identity provider has them"),
    maxMessageLength: z.int().describe("characters"),
    maxFileSize: z.int().describe("bytes; 0: this installation takes no attachments"),
    push: z
      .object({
        firebase: z.record(z.string(), z.string()).describe("the options of firebase's initializeApp"),
        vapidKey: z.string(),
      })
      .nullable()
      .describe("null: this installation has no notifications for browsers"),
  })
  .meta({ id: "ClientConfig" });
export type ClientConfig = z.infer<typeof ClientConfig>;

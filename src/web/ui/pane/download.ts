import { attempt } from "../shell/failure.ts";
import type { Attachment, ChatClient } from "../shell/types.ts";

/** Saves the file. The link is fetched now: it works for a short while only. What fails is said in a toast. */
export async function download(
  client: ChatClient,
  { id, name }: Pick<Attachment, "id" | "name">,
): Promise<void> {
  await attempt(async () => {
    const link = await client.attachments.link(id);
    const anchor = document.createElement("a");
    anchor.href = `${link}${link.includes("?") ? "&" : "?"}download=1`;
    anchor.download = name;
    anchor.rel = "noopener";
    anchor.click();
  });
}

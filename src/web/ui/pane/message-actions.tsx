import { Confirm, Forward } from "../dialogs/lazy.tsx";
import { openDialog, toast } from "../overlay/overlay-store.ts";
import { goTo } from "../shell/route.ts";
import type { MessageContext } from "./message-context.ts";
import { referenceOf } from "./reference-of.ts";

export function canEdit({ own, entry }: MessageContext): boolean {
  return (
    own && !entry.message.deletedAt && entry.message.type !== "SYSTEM" && entry.message.type !== "FORWARD"
  );
}

/** One's own, and those of others for who keeps order in a group; the server decides in the end. */
export function canDelete({ own, entry, client }: MessageContext): boolean {
  if (entry.message.deletedAt) return false;
  if (own) return true;
  const state = client.store.getState();
  const conversation = state.conversations[entry.message.conversationId];
  const role = conversation?.participants.find(({ userId }) => userId === state.self?.id)?.role;
  return conversation?.type !== "DIRECT" && role !== undefined && role !== "MEMBER";
}

export function openThread({ entry }: MessageContext): void {
  goTo({ conversationId: entry.message.conversationId, side: { kind: "thread", rootId: entry.message.id } });
}

export function askDelete({ client, entry }: MessageContext): void {
  openDialog(
    <Confirm
      title="Delete this message?"
      text="It is deleted for everybody in this conversation."
      action="Delete"
      run={async () => client.messages.delete(entry.message.conversationId, referenceOf(entry))}
    />,
  );
}

export function openForward({ entry }: MessageContext): void {
  openDialog(<Forward messageId={entry.message.id} />);
}

export async function copyText({ entry }: MessageContext): Promise<void> {
  await navigator.clipboard.writeText(entry.message.content).then(
    () => toast("Copied"),
    () => toast("The clipboard could not be used.", { tone: "error" }),
  );
}

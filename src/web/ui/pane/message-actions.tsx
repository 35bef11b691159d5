import { Download, Image, Reply } from "lucide-react";
import { Confirm, Forward, ImageViewer } from "../dialogs/lazy.tsx";
import { type MenuItem, openDialog, toast } from "../overlay/overlay-store.ts";
import { requestJump } from "../shell/jumps.ts";
import { goTo } from "../shell/route.ts";
import { download } from "./download.ts";
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

/** What a message holds that can be opened: for keys and fingers, to which its parts are too small. */
export function openables({ client, entry }: MessageContext): MenuItem[] {
  const { attachments, replyToId, conversationId } = entry.message;
  const quoted = replyToId === null ? null : client.messages.find(conversationId, replyToId);
  const pictures = attachments.filter(({ type }) => type?.startsWith("image/"));
  const others = attachments.filter(({ type }) => !type?.startsWith("image/"));
  return [
    ...(quoted
      ? [
          {
            label: "Go to the answered message",
            icon: Reply,
            onSelect: () => requestJump(conversationId, quoted.seq),
          },
        ]
      : []),
    ...(pictures.length > 0
      ? [
          {
            label: pictures.length > 1 ? "Open pictures" : "Open picture",
            icon: Image,
            onSelect: () => openDialog(<ImageViewer pictures={pictures} at={0} />),
          },
        ]
      : []),
    ...others.map((attachment) => ({
      label: `Download ${attachment.name}`,
      icon: Download,
      onSelect: () => void download(client, attachment),
    })),
  ];
}

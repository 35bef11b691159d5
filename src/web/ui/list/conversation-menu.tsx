import { Bell, BellOff, CheckCheck, Info, LogOut, Search } from "lucide-react";
import { Confirm } from "../dialogs/lazy.tsx";
import { type Anchor, openDialog, openMenu, toast } from "../overlay/overlay-store.ts";
import { attempt } from "../shell/failure.ts";
import { goTo } from "../shell/route.ts";
import type { ChatClient } from "../shell/types.ts";
import { isMuted } from "./muted.ts";

/** What can be done with a conversation as a whole. */
export function openConversationMenu(client: ChatClient, id: string, anchor: Anchor): void {
  const conversation = client.store.getState().conversations[id];
  if (!conversation) return;
  const muted = isMuted(conversation.notificationSettings);
  const direct = conversation.type === "DIRECT";

  function mute(on: boolean): Promise<boolean> {
    const notificationSettings = on
      ? { level: "none" as const }
      : { level: "all" as const, mutedUntil: null };
    return attempt(() => client.conversations.update(id, { notificationSettings }));
  }

  openMenu({
    label: "Conversation",
    anchor,
    groups: [
      [
        {
          label: direct ? "View profile" : "Group info",
          icon: Info,
          onSelect: () => goTo({ conversationId: id, side: { kind: "info" } }),
        },
        {
          label: "Search in conversation",
          icon: Search,
          onSelect: () => goTo({ conversationId: id, side: { kind: "search" } }),
        },
      ],
      [
        ...(conversation.unreadCount > 0
          ? [
              {
                label: "Mark as read",
                icon: CheckCheck,
                onSelect: () => client.conversations.markRead(id, conversation.seq),
              },
            ]
          : []),
        {
          label: muted ? "Unmute" : "Mute",
          icon: muted ? Bell : BellOff,
          onSelect: async () => {
            if (await mute(!muted))
              toast(muted ? "Notifications are on again" : "Muted", {
                action: { label: "Undo", run: () => void mute(muted) },
              });
          },
        },
      ],
      direct
        ? []
        : [
            {
              label: "Leave group",
              icon: LogOut,
              danger: true,
              onSelect: () => openDialog(<Confirm {...leaving(client, id, conversation.name ?? "")} />),
            },
          ],
    ],
  });
}

/** The question before leaving. */
export function leaving(client: ChatClient, id: string, name: string) {
  return {
    title: "Leave the group?",
    text: `You will no longer get messages of “${name}”. Somebody in it can add you again.`,
    action: "Leave",
    run: async () => {
      const self = client.store.getState().self?.id;
      if (self === undefined) return;
      await client.conversations.removeParticipant(id, self);
      goTo({});
    },
  };
}

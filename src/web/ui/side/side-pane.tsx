import type { Route } from "../shell/route.ts";
import { InfoSide } from "./info-side.tsx";
import { SearchSide } from "./search-side.tsx";
import { ThreadSide } from "./thread-side.tsx";

interface SidePaneProps {
  conversationId: string;
  side: NonNullable<Route["side"]>;
}

/** What is open beside the messages. */
export function SidePane({ conversationId, side }: SidePaneProps) {
  switch (side.kind) {
    case "thread":
      return <ThreadSide conversationId={conversationId} rootId={side.rootId} />;
    case "search":
      return <SearchSide conversationId={conversationId} />;
    default:
      return <InfoSide conversationId={conversationId} />;
  }
}

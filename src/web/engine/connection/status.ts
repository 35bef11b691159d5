import type { ConnectionState } from "../state/chat-state.ts";

export type Status = ConnectionState["status"];

/** `alone`: so long without a connection that people should know; `cut`: the browser says there is no network. */
export type ConnectionEvent = "up" | "caught-up" | "down" | "alone" | "cut";

/**
 *   reconnecting ──up──▶ catching-up ──caught-up──▶ connected
 *     │    ▲ ▲                │ down                  │ down
 *     │    │ └────────────────┴───────────────────────┘
 *     │ alone, cut (from anywhere)
 *     ▼
 *   offline ──up──▶ catching-up
 */
export function nextStatus(status: Status, event: ConnectionEvent): Status {
  switch (event) {
    case "up":
      return "catching-up";
    case "caught-up":
      return status === "catching-up" ? "connected" : status;
    case "down":
      return status === "offline" ? "offline" : "reconnecting";
    case "alone":
      return status === "reconnecting" ? "offline" : status;
    case "cut":
      return "offline";
  }
}

import type { ShownMessage } from "../shell/types.ts";

/** How the engine is told which message is meant: one that is not sent yet is known by its tempId. */
export function referenceOf({ send, message }: ShownMessage) {
  return send?.kind === "send" ? { tempId: send.tempId } : { messageId: message.id };
}

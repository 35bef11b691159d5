/** How far a conversation has come on a device. */
export interface Reached {
  readonly conversationId: string;
  readonly seq: number;
}

/** Collects what is to be confirmed by MESSAGE_DELIVERED: one pointer for each conversation, however many came. */
export function openConfirmations() {
  const reached = new Map<string, number>();
  return {
    note({ conversationId, seq }: Reached): void {
      if (seq > (reached.get(conversationId) ?? 0)) reached.set(conversationId, seq);
    },
    flush(tell: (each: Reached) => void): void {
      for (const [conversationId, seq] of reached) tell({ conversationId, seq });
      reached.clear();
    },
  };
}

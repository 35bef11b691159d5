/**
 * Who is typing where. A start is told, and told again at most every 2 s while it goes on; it ends by
 * itself 5 s after the last start. Pure but for one timer, which sweeps.
 *
 *   quiet ──start──▶ typing ──stop, message sent, gone, or 5 s──▶ quiet
 *            told ▲    │ start again: extends, retold after 2 s
 *                 └────┘
 */
export const TYPING_ENDS_AFTER = 5000;
const RETOLD_AFTER = 2000;
const SWEEP = 250;

interface Typist {
  userId: string;
  conversationId: string;
  endsAt: number;
  toldAt: number;
}

export type Typing = ReturnType<typeof createTyping>;

/** @param tell is called with every change that others are to see. @param now ms that never go back. */
export function createTyping(
  tell: (conversationId: string, userId: string, isTyping: boolean) => void,
  now: () => number = () => performance.now(),
) {
  // In the order of their ends: a start moves its typist to the back.
  const typists = new Map<string, Typist>();
  let timer: NodeJS.Timeout | undefined;

  function end(key: string, typist: Typist): void {
    typists.delete(key);
    tell(typist.conversationId, typist.userId, false);
  }

  function sweep(): void {
    for (const [key, typist] of typists) {
      if (typist.endsAt > now()) break;
      end(key, typist);
    }
    if (typists.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    start(userId: string, conversationId: string): void {
      const key = `${userId}\0${conversationId}`;
      const before = typists.get(key);
      const at = now();
      const telling = !before || at - before.toldAt >= RETOLD_AFTER;
      typists.delete(key);
      typists.set(key, {
        userId,
        conversationId,
        endsAt: at + TYPING_ENDS_AFTER,
        toldAt: telling ? at : before.toldAt,
      });
      if (telling) tell(conversationId, userId, true);
      timer ??= setInterval(sweep, SWEEP).unref();
    },
    /** Also when the user's message is sent; without effect for who is not typing. */
    stop(userId: string, conversationId: string): void {
      if (typists.size === 0) return;
      const key = `${userId}\0${conversationId}`;
      const typist = typists.get(key);
      if (typist) end(key, typist);
    },
    /** The user's last connection here closed. */
    gone(userId: string): void {
      for (const [key, typist] of typists) if (typist.userId === userId) end(key, typist);
    },
    /** Ends what is due now; the timer calls it. */
    sweep,
    /** Stops the timer; nobody is told anything more. */
    close(): void {
      clearInterval(timer);
      typists.clear();
    },
  };
}

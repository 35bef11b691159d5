/**
 * Who is typing where, of the users connected to this gateway. Typing ends by itself 5 s after the last
 * start; starts in between extend it and are told again at most every 2 s, so that somebody who connects
 * meanwhile learns of it too.
 */

/** Typing ends by itself so long after its last start, in ms. */
const LASTS = 5000;
/** Least time between two tellings of the same typing, in ms. */
const RETELL_AFTER = 2000;

interface Typing {
  conversationId: string;
  userId: string;
  device: string;
  until: number;
  toldAt: number;
}

export type Tell = (conversationId: string, userId: string, isTyping: boolean) => void;

export type TypingBook = ReturnType<typeof createTypingBook>;

/**
 * The rules alone, with time passed in (ms on a clock that never goes back). `tell` is called with what
 * others are to see.
 */
export function createTypingBook(tell: Tell) {
  // In the order in which they end, since each start puts its entry last.
  const typing = new Map<string, Typing>();
  const byDevice = new Map<string, Set<string>>();

  function remove(key: string, entry: Typing): void {
    typing.delete(key);
    const keys = byDevice.get(entry.device);
    keys?.delete(key);
    if (keys?.size === 0) byDevice.delete(entry.device);
  }

  function end(key: string): void {
    const entry = typing.get(key);
    if (!entry) return;
    remove(key, entry);
    tell(entry.conversationId, entry.userId, false);
  }

  return {
    start(conversationId: string, userId: string, deviceId: string, now: number): void {
      const key = keyOf(conversationId, userId);
      const device = deviceOf(userId, deviceId);
      const before = typing.get(key);
      const retell = !before || now - before.toldAt >= RETELL_AFTER;
      if (before) remove(key, before);
      const toldAt = retell ? now : before.toldAt;
      typing.set(key, { conversationId, userId, device, until: now + LASTS, toldAt });
      const keys = byDevice.get(device);
      if (keys) keys.add(key);
      else byDevice.set(device, new Set([key]));
      if (retell) tell(conversationId, userId, true);
    },

    /** The user stopped typing, or the message is sent. Nothing when they were not typing. */
    stop: (conversationId: string, userId: string): void => end(keyOf(conversationId, userId)),

    /** Ends what was typed on this device. */
    disconnected(userId: string, deviceId: string): void {
      for (const key of [...(byDevice.get(deviceOf(userId, deviceId)) ?? [])]) end(key);
    },

    /** Ends what has lasted long enough. @returns when the next one ends, or undefined. */
    expire(now: number): number | undefined {
      for (const [key, entry] of typing) {
        if (entry.until > now) return entry.until;
        end(key);
      }
      return undefined;
    },
  };
}

// Conversation ids are UUIDs, all of one length; a user id holds no control characters.
const keyOf = (conversationId: string, userId: string) => conversationId + userId;
const deviceOf = (userId: string, deviceId: string) => `${userId}\n${deviceId}`;

export type TypingService = ReturnType<typeof createTyping>;

/** The same with a clock and one timer for all: it is armed for the next end, and only while somebody types. */
export function createTyping(options: { tell: Tell; now?: () => number }) {
  const now = options.now ?? (() => performance.now());
  const book = createTypingBook(options.tell);
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    timer = undefined;
    const next = book.expire(now());
    if (next !== undefined) timer = setTimeout(arm, Math.max(1, Math.ceil(next - now()))).unref();
  }

  return {
    /** Typing began or goes on. Whether the user may write there is the caller's to check. */
    start(conversationId: string, userId: string, deviceId: string): void {
      book.start(conversationId, userId, deviceId, now());
      timer ??= setTimeout(arm, LASTS).unref();
    },
    /** TYPING_STOP, or the user's message in the conversation was sent. Costs one look-up. */
    stop: (conversationId: string, userId: string): void => book.stop(conversationId, userId),
    /** The device's socket closed. */
    disconnected: (userId: string, deviceId: string): void => book.disconnected(userId, deviceId),
    /** Forgets everything without telling: the sockets are gone. */
    close(): void {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

import type { Message } from "../protocol/message.ts";

interface Pointers {
  userId: string;
  deliveredSeq: number;
  readSeq: number;
}

/**
 * What a message's status is to everybody: READ or DELIVERED once every participant but its sender has
 * come so far, else SENT. Derived from the pointers, so it cannot drift.
 */
export function statusFrom(participants: readonly Pointers[]) {
  const delivered = lowestTwo(participants, (p) => Math.max(p.deliveredSeq, p.readSeq));
  const read = lowestTwo(participants, (p) => p.readSeq);
  return (seq: number, senderId: string): Message["status"] => {
    if (read(senderId) >= seq) return "READ";
    return delivered(senderId) >= seq ? "DELIVERED" : "SENT";
  };
}

/** The lowest value of all but one: needs only the two lowest. Nobody else there: nothing has arrived. */
function lowestTwo(
  participants: readonly Pointers[],
  value: (p: Pointers) => number,
): (except: string) => number {
  let first: Pointers | undefined;
  let second: Pointers | undefined;
  for (const p of participants) {
    if (!first || value(p) < value(first)) [first, second] = [p, first];
    else if (!second || value(p) < value(second)) second = p;
  }
  return (except) => {
    const lowest = first?.userId === except ? second : first;
    return lowest ? value(lowest) : -1;
  };
}

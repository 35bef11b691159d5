import { groupId, userId } from "./identity.ts";

/** Who writes to whom. Links (connections) are numbered as users are; message `i` is the run's i-th. */
export interface Topology {
  links: number;
  /** How many conversations there are, for the check of `seq`. */
  conversations: number;
  /** Receivers that a message can have; the ledger keeps that many slots for each message. */
  slots: number;
  /** Receivers that a message does have. */
  fanout: number;
  gatewayOf(link: number): number;
  senderOf(i: number): number;
  conversationOf(i: number): number;
  /** The slot of `link` among the receivers of `i`; -1 when it must not receive it. */
  slotOf(i: number, link: number): number;
  /** The JSON members that address message `i`. */
  addressOf(i: number): string;
}

/**
 * `pairs` direct conversations, links 2p and 2p + 1, always on different gateways and half of them the other
 * way round. Both sides of a pair write in turn, or with `oneWay` only the even ones.
 */
export function pairsTopology(pairs: number, oneWay = false): Topology {
  const side = (i: number) => (oneWay ? 0 : Math.floor(i / pairs) % 2);
  return {
    links: 2 * pairs,
    conversations: pairs,
    slots: 1,
    fanout: 1,
    gatewayOf: (link) => ((link >> 1) + link) & 1,
    senderOf: (i) => 2 * (i % pairs) + side(i),
    conversationOf: (i) => i % pairs,
    slotOf: (i, link) => (link === 2 * (i % pairs) + 1 - side(i) ? 0 : -1),
    addressOf: (i) => `"receiverId":"${userId(2 * (i % pairs) + 1 - side(i))}"`,
  };
}

/** One group whose members write in turn, half of them on each gateway. */
export function groupTopology(members: number): Topology {
  return {
    links: members,
    conversations: 1,
    slots: members,
    fanout: members - 1,
    gatewayOf: (link) => link & 1,
    senderOf: (i) => i % members,
    conversationOf: () => 0,
    slotOf: (i, link) => (link === i % members ? -1 : link),
    addressOf: () => `"conversationId":"${groupId}"`,
  };
}

import { describe, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";
import { quantiles } from "./quantiles.ts";
import { groupTopology, pairsTopology } from "./topology.ts";

// Two pairs: message 0 goes 0 → 1, 1 goes 2 → 3, then back: 2 goes 1 → 0, 3 goes 3 → 2.
function bookedPairs(): Ledger {
  const ledger = new Ledger(pairsTopology(2), 4, 1);
  const receivers = [1, 3, 0, 2];
  const seqs = [1, 1, 2, 2];
  for (let i = 0; i < 4; i++) {
    ledger.sent(i, i);
    ledger.acknowledged(i, seqs[i]!, i + 5);
    ledger.delivered(i, receivers[i]!, seqs[i]!, i + 7);
  }
  return ledger;
}

describe("Ledger", () => {
  it("finds nothing wrong in an honest run, and counts latency from the intended time", () => {
    const ledger = bookedPairs();
    expect(ledger.complete).toBe(true);
    expect(ledger.result()).toMatchObject({
      acknowledged: 4,
      refused: 0,
      unanswered: 0,
      lost: 0,
      duplicated: 0,
      misdelivered: 0,
      outOfSeq: 0,
      outOfSenderOrder: 0,
      gaps: 0,
      ack: { p50: 5, p99: 5, max: 5 },
      delivery: { p50: 7, p99: 7, max: 7 },
      lag: { max: 0 },
    });
  });

  it("counts an acknowledged message that never came as lost, and one never acknowledged as unanswered", () => {
    const ledger = new Ledger(pairsTopology(2), 4, 1);
    ledger.acknowledged(0, 1, 1);
    expect(ledger.complete).toBe(false);
    expect(ledger.result()).toMatchObject({ acknowledged: 1, lost: 1, unanswered: 3 });
  });

  it("sees duplicates and messages for somebody else", () => {
    const ledger = bookedPairs();
    ledger.delivered(0, 1, 1, 20);
    ledger.delivered(0, 3, 1, 20);
    expect(ledger.result()).toMatchObject({ duplicated: 1, misdelivered: 1 });
  });

  it("sees a delivery after a later one", () => {
    const ledger = new Ledger(pairsTopology(1, true), 4, 1);
    ledger.delivered(0, 1, 1, 1);
    ledger.delivered(2, 1, 3, 2);
    ledger.delivered(1, 1, 2, 3);
    ledger.delivered(3, 1, 2, 4);
    expect(ledger.result()).toMatchObject({ outOfSeq: 1, outOfSenderOrder: 1 });
  });

  it("sees gaps in seq and numbers given twice", () => {
    const ledger = new Ledger(pairsTopology(1, true), 4, 1);
    [1, 2, 2, 5].forEach((seq, i) => {
      ledger.acknowledged(i, seq, i);
    });
    expect(ledger.result().gaps).toBe(3); // 3 and 4 missing, 2 twice
  });

  it("expects a group's message at every member but its sender", () => {
    const ledger = new Ledger(groupTopology(3), 1, 1);
    ledger.acknowledged(0, 1, 1);
    ledger.delivered(0, 1, 1, 2);
    expect(ledger.result()).toMatchObject({ lost: 1, misdelivered: 0 });
    ledger.delivered(0, 0, 1, 2);
    ledger.delivered(0, 2, 1, 2);
    expect(ledger.complete).toBe(true);
    expect(ledger.result()).toMatchObject({ lost: 0, misdelivered: 1 });
  });

  it("tells the rate that was reached, not the one that was asked for", () => {
    const ledger = new Ledger(pairsTopology(1, true), 10, 1);
    for (let i = 0; i < 10; i++) ledger.acknowledged(i, i + 1, 2 * (i + 1));
    expect(ledger.result().acknowledgedPerSecond).toBe(500);
  });
});

describe("quantiles", () => {
  it("are exact and leave out what never came", () => {
    const samples = Float32Array.from([-1, ...Array.from({ length: 100 }, (_, i) => 100 - i)]);
    expect(quantiles(samples)).toEqual({ p50: 50, p99: 99, max: 100 });
    expect(quantiles(Float32Array.from([-1])).p99).toBeNaN();
  });
});

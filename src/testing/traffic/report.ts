// What a run of traffic tells: a line of progress each second, and a report at its end. Read by tests/e2e from a
// pod's log, so a name that changes here changes there.

/** What a run is doing: an error in `running` is one that a user would have seen. */
export type Stage = "gathering" | "connecting" | "running" | "draining" | "checking";

export type Progress = {
  readonly type: "progress";
  readonly at: string;
  readonly stage: Stage;
  /** Acknowledged in this second, and since the start. */
  readonly acknowledged: number;
  readonly total: number;
  /** Sent and not answered yet. */
  readonly pending: number;
  readonly connected: number;
  readonly reconnects: number;
  readonly errors: Readonly<Record<string, number>>;
};

/** Errors of one kind: what the client was doing (`CONNECT`, or the event), and what it got. */
export type ErrorCount = {
  readonly stage: Stage;
  readonly doing: string;
  readonly code: string;
  readonly count: number;
  readonly first: string;
  readonly last: string;
};

/** In milliseconds. */
export type Quantiles = {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

export type Late = { readonly userId: string; readonly at: string; readonly ms: number };

export type Report = {
  readonly type: "report";
  /** No violation, and nobody took longer than `CONSISTENT_WITHIN_MS` to be consistent after a reconnect. */
  readonly ok: boolean;
  readonly seconds: number;
  readonly clients: number;
  readonly acknowledged: number;
  /** Not sent because the client still waited for too many answers. */
  readonly skipped: number;
  /** Given up without an answer. */
  readonly unanswered: number;
  /** Acknowledged only after the same `tempId` was sent again. */
  readonly repeated: number;
  /** From the first attempt to the acknowledgement, waiting for a connection included. */
  readonly acknowledgedMs: Quantiles;
  /** The longest time in which nobody's message was acknowledged. */
  readonly longestPauseMs: number;
  readonly longestPauseAt: string | undefined;
  readonly reconnects: {
    readonly count: number;
    /** The most in any 1,000 ms. */
    readonly maxPerSecond: number;
    readonly maxPerSecondAt: string | undefined;
    /** Clients that were told RECONNECT before. */
    readonly told: number;
    /** From the socket's connect until the client held all that had been acknowledged by then. */
    readonly consistentMs: Quantiles;
    readonly late: readonly Late[];
    /** Lost again before they were consistent. */
    readonly interrupted: number;
  };
  readonly errors: readonly ErrorCount[];
  /** Answers that went with a connection: sent again, not shown to anybody. */
  readonly lostAnswers: number;
  readonly violations: readonly string[];
  readonly violationCount: number;
};

/** How long a client may take after its own reconnect. */
export const CONSISTENT_WITHIN_MS = 5_000;

/** Of values in milliseconds, rounded to tenths; zeros when there are none. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) * 10) / 10;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** The most values in any window of `widthMs`, and where it begins. */
export function busiestWindow(
  times: readonly number[],
  widthMs: number,
): { readonly count: number; readonly from: number | undefined } {
  const sorted = times.toSorted((a, b) => a - b);
  let busiest: { count: number; from: number | undefined } = { count: 0, from: undefined };
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while ((sorted[last] as number) - (sorted[first] as number) >= widthMs) first++;
    if (last - first + 1 > busiest.count) busiest = { count: last - first + 1, from: sorted[first] };
  }
  return busiest;
}

/** A report in lines for a person. */
export function reportLines(report: Report): string[] {
  const { acknowledgedMs: ack, reconnects } = report;
  return [
    `${report.acknowledged} messages acknowledged in ${report.seconds} s from ${report.clients} clients (${report.repeated} after a lost answer, ${report.unanswered} given up, ${report.skipped} skipped)`,
    `acknowledged after p50 ${ack.p50} ms, p99 ${ack.p99} ms, max ${ack.max} ms; longest pause ${report.longestPauseMs} ms at ${report.longestPauseAt ?? "-"}`,
    `${reconnects.count} reconnects (${reconnects.told} told to), at most ${reconnects.maxPerSecond} in a second; consistent after p50 ${reconnects.consistentMs.p50} ms, max ${reconnects.consistentMs.max} ms; ${reconnects.late.length} later than ${CONSISTENT_WITHIN_MS} ms, ${reconnects.interrupted} lost again before`,
    ...report.errors.map(
      (e) => `error while ${e.stage}: ${e.doing} ${e.code} × ${e.count}, ${e.first} to ${e.last}`,
    ),
    report.violationCount === 0 ? "nothing wrong" : `${report.violationCount} VIOLATIONS`,
    ...report.violations.map((violation) => `  ${violation}`),
  ];
}

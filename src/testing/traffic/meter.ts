import {
  busiestWindow,
  CONSISTENT_WITHIN_MS,
  type Late,
  type Progress,
  quantiles,
  type Report,
  type Stage,
} from "./report.ts";

type ErrorKind = { stage: Stage; doing: string; code: string; count: number; first: number; last: number };

/** Counts what a run of traffic sees. Times are `performance.now()`; reports say them as ISO 8601. */
export class Meter {
  stage: Stage = "gathering";
  /** Now sent and not answered. */
  pending = 0;
  skipped = 0;
  told = 0;
  lostAnswers = 0;
  #unanswered = 0;
  #repeated = 0;
  #interrupted = 0;
  readonly #answersMs: number[] = [];
  readonly #reconnects: number[] = [];
  readonly #consistentMs: number[] = [];
  readonly #late: Late[] = [];
  readonly #errors = new Map<string, ErrorKind>();
  #second = { acknowledged: 0, reconnects: 0, errors: new Map<string, number>() };
  #lastAnswer: number | undefined;
  #pause: { ms: number; from: number } = { ms: 0, from: 0 };

  /** From now on the pauses between acknowledgements count. */
  restart(): void {
    this.stage = "running";
    this.#lastAnswer = performance.now();
  }

  /** A message was acknowledged, at the first attempt or after more. */
  acknowledged(tookMs: number, repeated: boolean): void {
    this.#answersMs.push(tookMs);
    if (repeated) this.#repeated += 1;
    this.#second.acknowledged += 1;
    this.#endPause();
    this.#lastAnswer = performance.now();
  }

  unanswered(): void {
    this.#unanswered += 1;
  }

  /** A client saw an error while `doing` something. */
  error(doing: string, code: string): void {
    const key = `${this.stage} ${doing} ${code}`;
    const now = performance.now();
    const kind = this.#errors.get(key) ?? { stage: this.stage, doing, code, count: 0, first: now, last: now };
    kind.count += 1;
    kind.last = now;
    this.#errors.set(key, kind);
    const short = `${doing} ${code}`;
    this.#second.errors.set(short, (this.#second.errors.get(short) ?? 0) + 1);
  }

  reconnected(): void {
    this.#reconnects.push(performance.now());
    this.#second.reconnects += 1;
  }

  /** How long a client took to be consistent after its reconnect at `since`. */
  consistent(userId: string, since: number, tookMs: number): void {
    this.#consistentMs.push(tookMs);
    if (tookMs > CONSISTENT_WITHIN_MS) this.#late.push({ userId, at: iso(since), ms: Math.round(tookMs) });
  }

  interrupted(): void {
    this.#interrupted += 1;
  }

  /** The second that has passed; the next one begins. */
  progress(connected: number): Progress {
    const { acknowledged, reconnects, errors } = this.#second;
    this.#second = { acknowledged: 0, reconnects: 0, errors: new Map() };
    return {
      type: "progress",
      at: new Date().toISOString(),
      stage: this.stage,
      acknowledged,
      total: this.#answersMs.length,
      pending: this.pending,
      connected,
      reconnects,
      errors: Object.fromEntries(errors),
    };
  }

  /** Everything that was counted; `seconds` is how long messages were sent. */
  report(seconds: number, clients: number, violations: readonly string[]): Report {
    this.#endPause();
    const busiest = busiestWindow(this.#reconnects, 1_000);
    return {
      type: "report",
      ok: violations.length === 0 && this.#late.length === 0,
      seconds: Math.round(seconds * 10) / 10,
      clients,
      acknowledged: this.#answersMs.length,
      skipped: this.skipped,
      unanswered: this.#unanswered,
      repeated: this.#repeated,
      acknowledgedMs: quantiles(this.#answersMs),
      longestPauseMs: Math.round(this.#pause.ms),
      longestPauseAt: this.#pause.ms > 0 ? iso(this.#pause.from) : undefined,
      reconnects: {
        count: this.#reconnects.length,
        maxPerSecond: busiest.count,
        maxPerSecondAt: busiest.from === undefined ? undefined : iso(busiest.from),
        told: this.told,
        consistentMs: quantiles(this.#consistentMs),
        late: this.#late.slice(0, 50),
        interrupted: this.#interrupted,
      },
      errors: [...this.#errors.values()].map((e) => ({ ...e, first: iso(e.first), last: iso(e.last) })),
      lostAnswers: this.lostAnswers,
      violations: violations.slice(0, 50),
      violationCount: violations.length,
    };
  }

  /** Sending has ended: what comes after is no pause. */
  end(): void {
    this.#endPause();
    this.#lastAnswer = undefined;
  }

  #endPause(): void {
    if (this.#lastAnswer === undefined) return;
    const ms = performance.now() - this.#lastAnswer;
    if (ms > this.#pause.ms) this.#pause = { ms, from: this.#lastAnswer };
  }
}

function iso(at: number): string {
  return new Date(performance.timeOrigin + at).toISOString();
}

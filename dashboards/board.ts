/** What a dashboard says, before Grafana's JSON is made of it. */

export interface Query {
  /** PromQL. `{*}` stands for the labels of the variables, `{*, a="b"}` for them and another. */
  expr: string;
  legend: string;
}

export interface Panel {
  title: string;
  /** What it shows, and what to make of it. */
  description: string;
  /** Grafana's name of the unit. */
  unit: string;
  queries: readonly Query[];
  /** A number instead of a line; then the newest value counts. */
  stat?: true;
  /** From which values on it is worth a look, and bad. */
  thresholds?: { warn: number; bad: number } | { warnBelow: number; badBelow: number };
  /** Whether lines are put on top of one another. */
  stacked?: true;
  max?: number;
  /** Why its queries may answer nothing while all is well. */
  quiet?: string;
  /** Of 24; 12 for lines and 4 for numbers unless told. */
  width?: number;
}

export interface Row {
  title: string;
  panels: readonly Panel[];
}

export interface Board {
  /** Of its address, and of its file. */
  uid: string;
  title: string;
  description: string;
  /** What the variables choose from; the operator has no chat cluster of its own. */
  scope: "cluster" | "namespace";
  rows: readonly Row[];
}

/** A quantile of a histogram, by `by`. */
export function quantile(q: number, histogram: string, by = "", more = ""): string {
  const labels = more ? `{*, ${more}}` : "{*}";
  const grouped = ["le", ...(by ? [by] : [])].join(", ");
  return `histogram_quantile(${q}, sum by (${grouped}) (rate(${histogram}_bucket${labels}[$__rate_interval])))`;
}

/** p50 and p99 of a histogram. */
export function quantiles(histogram: string, more = ""): Query[] {
  return [0.5, 0.99].map((q) => ({ expr: quantile(q, histogram, "", more), legend: `p${q * 100}` }));
}

/** A counter's rate, summed up by `by`. */
export function rate(counter: string, by = "", more = ""): string {
  const labels = more ? `{*, ${more}}` : "{*}";
  return `sum${by ? ` by (${by})` : ""} (rate(${counter}${labels}[$__rate_interval]))`;
}

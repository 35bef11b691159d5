/**
 * The promises, and how fast their error budgets burn (Google's SRE workbook, chapter 5): a long window says that it
 * matters, a short one that it still goes on.
 */

export const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;
export type Window = (typeof windows)[number];

export interface Slo {
  /** As in an alert's name. */
  name: string;
  title: string;
  description: string;
  /** What may go wrong: 0.001 of 99.9%. */
  budget: number;
  /** The recorded share of what went wrong. */
  record(window: Window): string;
  /** How it is worked out, by chat cluster. */
  share(window: Window): string;
}

const by = "by (namespace, chat_cluster)";
const sum = (counter: string, window: Window) => `sum ${by} (rate(${counter}[${window}]))`;
/** 0 where nothing happened: no traffic breaks no promise. */
const ratio = (bad: string, all: string) => `(${bad}) / clamp_min(${all}, 1e-9)`;
const ours = 'code=~"UNAVAILABLE|INTERNAL"';

export const slos: readonly Slo[] = [
  {
    name: "Availability",
    title: "Availability 99.9%",
    description: "Requests and connections that were not answered UNAVAILABLE or INTERNAL.",
    budget: 0.001,
    record: (window) => `nexus:unavailable:ratio_rate${window}`,
    share: (window) =>
      ratio(
        `${sum(`nexus_errors_total{${ours}}`, window)} + ${sum(`nexus_connections_refused_total{${ours}}`, window)}`,
        `${sum("nexus_requests_total", window)} + ${sum("nexus_connected_total", window)} + ${sum("nexus_connections_refused_total", window)}`,
      ),
  },
  {
    name: "DeliveryLoss",
    title: "Delivery 99.99%",
    description: "Live deliveries of which the other gateways were told.",
    budget: 0.0001,
    record: (window) => `nexus:delivery_lost:ratio_rate${window}`,
    share: (window) =>
      ratio(sum("nexus_events_unpublished_total", window), sum("nexus_events_published_total", window)),
  },
  {
    name: "DeliveryLatency",
    title: "Delivered within 100 ms 99%",
    description: "Messages that a receiver's device confirmed within 100 ms of their commit.",
    budget: 0.01,
    record: (window) => `nexus:delivery_slow:ratio_rate${window}`,
    share: (window) => {
      const all = sum("nexus_delivery_seconds_count", window);
      return ratio(`${all} - ${sum('nexus_delivery_seconds_bucket{le="0.1"}', window)}`, all);
    },
  },
];

/** Pairs of windows and how many times faster than allowed the budget burns in both. */
export const burns = {
  /** 2% of a month's budget in an hour. */
  fast: [{ factor: 14.4, long: "1h", short: "5m" }],
  /**
   * 5% of it in six hours, a tenth in a day, or as much as there is. The book pages for the first too; but its half
   * hour looks back on outages that are over, and that their own alerts have told.
   */
  slow: [
    { factor: 6, long: "6h", short: "30m" },
    { factor: 3, long: "1d", short: "2h" },
    { factor: 1, long: "3d", short: "6h" },
  ],
} as const satisfies Record<string, readonly { factor: number; long: Window; short: Window }[]>;

export function burning(slo: Slo, kind: keyof typeof burns): string {
  const pairs = burns[kind].map(({ factor, long, short }) => {
    const limit = Number((factor * slo.budget).toPrecision(6));
    return `(${slo.record(long)} > ${limit} and ${slo.record(short)} > ${limit})`;
  });
  return pairs.join(" or ");
}

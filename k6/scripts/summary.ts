/** The page at the end of a run, for people: as text and as HTML. Pure. */

interface Metric {
  readonly type: string;
  readonly contains?: string;
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** What k6 gives to handleSummary. */
export interface RunData {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly root_group?: { readonly checks?: readonly Check[] };
}

interface Check {
  readonly name: string;
  readonly passes: number;
  readonly fails: number;
}

export interface Head {
  readonly name: string;
  readonly title: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

const trends: Readonly<Record<string, string>> = {
  chat_connecting: "connecting",
  chat_acknowledgement: "acknowledgement, from the moment it was due",
  chat_delivery: "delivery to another device, from the moment it was due",
  chat_reconnect: "back and consistent, from the loss of the connection",
  chat_lateness: "lateness of k6 itself",
};

const counts: Readonly<Record<string, string>> = {
  chat_connects: "connections opened",
  chat_disconnects: "connections lost, or not got",
  chat_sent: "messages sent",
  chat_delivered: "deliveries",
  chat_repeated: "sent again after a lost answer",
  chat_refused: "refused",
  chat_gaps: "gaps seen, and closed by SYNC",
  chat_lost: "lost",
  chat_duplicates: "duplicates",
  chat_disorder: "out of order",
  chat_strangers: "seen by strangers",
  chat_unanswered: "never answered",
  chat_verdicts: "circles of people that were judged",
};

/** One row of the page's tables. */
interface Row {
  readonly ok?: boolean;
  readonly cells: readonly string[];
}

/** The parts of the page, the same for text and HTML. */
function tables(data: RunData): { readonly title: string; readonly head: string[]; readonly rows: Row[] }[] {
  const latencies: Row[] = [];
  const counters: Row[] = [];
  const promises: Row[] = [];
  for (const [id, label] of Object.entries(trends)) {
    const values = data.metrics[id]?.values;
    if (!values || !(Number(values.count) > 0)) continue;
    const cells = ["count", "med", "p(95)", "p(99)", "max"].map((stat) =>
      figure(values[stat], stat !== "count"),
    );
    latencies.push({ cells: [label, ...cells] });
  }
  for (const [id, label] of Object.entries(counts)) {
    const values = data.metrics[id]?.values;
    counters.push({ cells: [label, figure(values?.count ?? 0, false), rate(values?.rate)] });
  }
  for (const { name, passes, fails } of data.root_group?.checks ?? []) {
    promises.push({ ok: fails === 0, cells: [name, `${passes} of ${passes + fails} circles`] });
  }
  const thresholds = Object.entries(data.metrics)
    .sort()
    .flatMap(([id, metric]) =>
      Object.entries(metric.thresholds ?? {}).map(
        ([rule, { ok }]): Row => ({ ok, cells: [`${counts[id] ?? trends[id] ?? id}`, rule] }),
      ),
    );
  return [
    { title: "Promises", head: ["", "held in"], rows: promises },
    { title: "Thresholds", head: ["", "must be"], rows: thresholds },
    { title: "Times in ms", head: ["", "count", "p50", "p95", "p99", "max"], rows: latencies },
    { title: "Counts", head: ["", "in all", "a second"], rows: counters },
  ];
}

/** Whether every threshold held. */
export function held(data: RunData): boolean {
  return Object.values(data.metrics).every(({ thresholds }) =>
    Object.values(thresholds ?? {}).every(({ ok }) => ok),
  );
}

export function textPage(head: Head, data: RunData): string {
  const lines = [`${head.name}: ${head.title}`, settingsLine(head), ""];
  for (const { title, head: columns, rows } of tables(data)) {
    if (rows.length === 0) continue;
    const widths = columns.map((column, i) =>
      Math.max(i === 0 ? title.length : column.length, ...rows.map(({ cells }) => cells[i]?.length ?? 0)),
    );
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join("  ");
    lines.push(`  ${line([title, ...columns.slice(1)])}`);
    for (const { ok, cells } of rows) lines.push(`${ok === false ? "✗" : ok ? "✓" : " "} ${line(cells)}`);
    lines.push("");
  }
  lines.push(held(data) ? "All held." : "NOT ALL HELD.", "");
  return lines.join("\n");
}

const style =
  "body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2330}table{border-collapse:collapse;width:100%;margin-bottom:2rem}caption{text-align:left;font-weight:600;padding:.3rem 0}th,td{text-align:right;padding:.25rem .6rem;border-bottom:1px solid #dde2ea}th:first-child,td:first-child{text-align:left}.bad{background:#fde4e1}.verdict{font-weight:600}";

/** One file, which needs nothing else. */
export function htmlPage(head: Head, data: RunData): string {
  const parts = tables(data)
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head: columns, rows }) => {
      const header = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join("");
      const body = rows.map(({ ok, cells }) => {
        const mark = ok === false ? "✗ " : ok ? "✓ " : "";
        const tds = cells.map((cell, i) => `<td>${i === 0 ? mark : ""}${escaped(cell)}</td>`).join("");
        return `<tr${ok === false ? ' class="bad"' : ""}>${tds}</tr>`;
      });
      return `<table><caption>${escaped(title)}</caption><tr>${header}</tr>${body.join("")}</table>`;
    });
  const verdict = held(data) ? "All held." : "Not all held.";
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(head.name)}: load test</title><style>${style}</style><h1>${escaped(head.name)}</h1><p>${escaped(head.title)}</p><p>${escaped(settingsLine(head))}</p><p class="verdict">${verdict}</p>${parts.join("")}</html>\n`;
}

function settingsLine({ settings }: Head): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : value}`)
    .join(" · ");
}

function figure(value: number | undefined, fraction: boolean): string {
  if (value === undefined) return "–";
  return fraction && value < 100 ? value.toFixed(1) : String(Math.round(value));
}

function rate(value: number | undefined): string {
  return value === undefined || value === 0 ? "" : value.toFixed(1);
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

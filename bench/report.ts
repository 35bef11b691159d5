import { cpus, release, totalmem } from "node:os";
import type { TargetName } from "./client/dialect.ts";
import { type Figure, type Outcome, showFigure } from "./scenarios/figure.ts";

/** The outcomes of one scenario, of each candidate that ran. */
export type Results = Partial<Record<TargetName, Outcome>>;

/** Where and when this ran. */
export function circumstances(engines: readonly string[]): string {
  const processors = cpus();
  return [
    `# Benchmark of ${new Date().toISOString()}`,
    "",
    `- ${processors.length} × ${processors[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.version}`,
    ...engines.map((engine) => `- ${engine}`),
    "- the client runs on the same machine",
    "\n",
  ].join("\n");
}

/** One scenario as a Markdown table: a row for each figure, and the ratio where both candidates have it. */
export function table(results: Results): string {
  const targets = (["nexus", "baseline"] as const).filter((target) => results[target]);
  const outcomes = targets.map((target) => results[target]!);
  const first = outcomes.find((outcome) => outcome.figures.length > 0) ?? outcomes[0]!;
  const both = targets.length === 2;
  const lines = [
    `## ${first.title}`,
    "",
    `| | ${targets.join(" | ")} |${both ? " nexus/baseline |" : ""}`,
    `|---|${targets.map(() => "---:|").join("")}${both ? "---:|" : ""}`,
  ];
  for (const { name } of first.figures) {
    const figures = targets.map((target) => results[target]!.figures.find((figure) => figure.name === name));
    const cells = figures.map((figure) => (figure ? showFigure(figure) : ""));
    lines.push(`| ${name} | ${cells.join(" | ")} |${both ? ` ${ratio(figures[0], figures[1])} |` : ""}`);
  }
  lines.push("");
  for (const target of targets) {
    for (const remark of results[target]!.remarks) lines.push(`- ${target}: ${remark}`);
  }
  return `${lines.join("\n")}\n`;
}

function ratio(nexus: Figure | undefined, baseline: Figure | undefined): string {
  if (typeof nexus?.value !== "number" || typeof baseline?.value !== "number") return "";
  if (baseline.value === 0 || !Number.isFinite(nexus.value / baseline.value)) return "";
  return (nexus.value / baseline.value).toFixed(2);
}

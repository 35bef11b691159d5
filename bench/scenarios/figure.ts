/** One figure of a scenario: what a row of the report shows for each candidate. */
export interface Figure {
  name: string;
  value: number | string;
  unit?: string;
  /** Decimals to show; 0 without. */
  digits?: number;
}

/** What a scenario came to for one candidate. */
export interface Outcome {
  /** E.g. "steady: 1000 messages/s for 60 s". */
  title: string;
  figures: Figure[];
  /** What makes the figures doubtful or the run a failure, in words. */
  remarks: string[];
}

/** A figure for display: rounded, with its unit. */
export function showFigure(figure: Figure): string {
  const { value, unit } = figure;
  const text = typeof value === "number" ? showNumber(value, figure.digits ?? 0) : value;
  return unit ? `${text} ${unit}` : text;
}

function showNumber(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

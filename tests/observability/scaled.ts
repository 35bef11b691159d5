/**
 * The rules in a shorter time: every range, every `for`, divided by `factor`, so that an hour passes in a minute. The
 * expressions and thresholds stay as they are; rates are rates in any time.
 */
import type { RuleGroups } from "../../dashboards/rules/rules.ts";

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function scaled({ groups }: RuleGroups, factor: number): RuleGroups {
  const shorter = (duration: string) =>
    `${Math.max(1, Math.round((Number.parseInt(duration, 10) * (units[duration.at(-1) ?? "s"] ?? 1)) / factor))}s`;
  return {
    groups: groups.map((group) => ({
      ...group,
      interval: "1s",
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: rule.expr.replace(
          /\[(\d+[smhd])\]/g,
          (_, duration: string) => `[${atLeast(shorter(duration))}]`,
        ),
        ...(rule.for !== undefined && { for: shorter(rule.for) }),
      })),
    })),
  };
}

/** A rate needs some samples. */
function atLeast(duration: string): string {
  return `${Math.max(5, Number.parseInt(duration, 10))}s`;
}

/**
 * Quantities as the API server writes them back ("1024Mi" → "1Gi", "0.5" → "500m"), so that what is wanted equals
 * what is there when nothing has changed. Follows k8s.io/apimachinery's CanonicalizeBytes.
 */

const decimalSuffixes: Record<string, number> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimalByExponent = new Map(Object.entries(decimalSuffixes).map(([suffix, e]) => [e, suffix]));
/** Amounts are held in units of 10^-9, the finest that Kubernetes knows. */
const NANO = 10n ** 9n;

interface Parsed {
  nanos: bigint;
  style: "binary" | "decimal" | "exponent";
}

function parse(text: string): Parsed {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d+)$/.exec(text);
  if (!match || !(match[2] || match[3]))
    throw new Error(`"${text}" is no quantity: write 500m, 2, 512Mi or 1Gi`);
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  const digits = BigInt(`${whole}${fraction}` || "0") * (sign === "-" ? -1n : 1n);
  const power = binarySuffixes.indexOf(suffix);
  if (power > 0) {
    const nanos = ceilDivide(digits * NANO * 1024n ** BigInt(power), 10n ** BigInt(fraction.length));
    return { nanos, style: "binary" };
  }
  const exponent = /^[eE][+-]?\d+$/.test(suffix) ? Number(suffix.slice(1)) : (decimalSuffixes[suffix] ?? 0);
  const shift = 9 + exponent - fraction.length;
  const nanos = shift >= 0 ? digits * 10n ** BigInt(shift) : ceilDivide(digits, 10n ** BigInt(-shift));
  return { nanos, style: suffix.length > 1 ? "exponent" : "decimal" };
}

function ceilDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b > 0n ? quotient + 1n : quotient;
}

/** `text` as the API server would write it. @throws on what is no quantity. */
export function canonicalQuantity(text: string): string {
  const { nanos, style } = parse(text);
  if (nanos === 0n) return "0";
  const small = nanos > -1024n * NANO && nanos < 1024n * NANO;
  if (style === "binary" && !small && nanos % NANO === 0n) {
    let mantissa = nanos / NANO;
    let power = 0;
    while (power < 6 && mantissa % 1024n === 0n) {
      mantissa /= 1024n;
      power++;
    }
    return `${mantissa}${binarySuffixes[power]}`;
  }
  let mantissa = nanos;
  let exponent = -9;
  while (exponent < 18 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (style === "exponent" && exponent !== 0) return `${mantissa}e${exponent}`;
  return `${mantissa}${decimalByExponent.get(exponent) ?? ""}`;
}

/** The amount in whole units (bytes, cores), rounded down. */
export function amountOf(text: string): number {
  return Number(parse(text).nanos) / 1e9;
}

/** −1, 0 or 1 as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: string, b: string): number {
  const difference = parse(a).nanos - parse(b).nanos;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

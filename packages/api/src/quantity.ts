/** Powers of ten of the decimal suffixes, and of two of the binary ones. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const form = /^([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?[0-9]{1,3}))?$/;

/** More digits than any machine has of anything. */
const longest = 40;

/**
 * A Kubernetes quantity (`500m`, `1Gi`, `2.5`, `1e3`) in billionths of its unit, rounded up as the API server rounds; undefined when the
 * text is none. Format: k8s.io/apimachinery/pkg/api/resource.
 */
export function quantity(text: string): bigint | undefined {
  const match = text.length > longest ? null : form.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = "", twos, tens = "", exponent] = match;
  const [whole = "", fraction = ""] = digits.split(".");
  const power = exponent === undefined ? (decimal[tens] ?? 0) : Number(exponent);
  if (power > 30 || power < -30) return undefined;
  const scaled = BigInt(`${whole}${fraction}` || "0") * (twos === undefined ? 1n : 2n ** BigInt(binary[twos] ?? 0));
  const shift = power + 9 - fraction.length;
  const value = shift >= 0 ? scaled * 10n ** BigInt(shift) : roundUp(scaled, 10n ** BigInt(-shift));
  return sign === "-" ? -value : value;
}

function roundUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

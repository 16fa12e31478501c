import { celFunc, celMap, celMethod, CelScalar, mapType, type CelFunc, type CelMap } from "@bufbuild/cel";

const { BOOL, INT, STRING } = CelScalar;
/** A quantity in a rule: an opaque value, so a map of one entry that no rule could write by chance. */
const QUANTITY = mapType(STRING, STRING);
const entry = "\u0000nano";

const form = /^([-+]?)(\d*)\.?(\d*)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([-+]?\d{1,2}))?$/;
const tens: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const twos = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Billionths, rounded away from zero as the API server rounds; undefined for what is no quantity. */
function nanos(text: string): bigint | undefined {
  const [all, sign, whole = "", fraction = "", binary, unit = "", power] = form.exec(text) ?? [];
  if (all === undefined || whole + fraction === "") return undefined;
  const scale = 9 + (power === undefined ? (tens[unit] ?? 0) : Number(power)) - fraction.length;
  const digits = BigInt(whole + fraction) * 1024n ** BigInt(binary === undefined ? 0 : twos.indexOf(binary) + 1);
  const divisor = 10n ** BigInt(Math.max(0, -scale));
  const size = (digits * 10n ** BigInt(Math.max(0, scale)) + divisor - 1n) / divisor;
  return sign === "-" ? -size : size;
}

const amountOf = (value: CelMap): bigint => {
  const amount = value.get(entry);
  return typeof amount === "string" ? BigInt(amount) : 0n;
};
const compare = (a: CelMap, b: CelMap): bigint => {
  const difference = amountOf(a) - amountOf(b);
  return difference < 0n ? -1n : difference > 0n ? 1n : 0n;
};

/** The part of Kubernetes' quantity library that reads and compares. */
export const quantityFunctions: readonly CelFunc[] = [
  celFunc("isQuantity", [STRING], BOOL, (text) => nanos(text) !== undefined),
  celFunc("quantity", [STRING], QUANTITY, (text) => {
    const amount = nanos(text);
    if (amount === undefined) throw new Error("quantities must match the regular expression of a quantity");
    return celMap(new Map([[entry, String(amount)]]));
  }),
  celMethod("isLessThan", QUANTITY, [QUANTITY], BOOL, function (other) {
    return compare(this, other) < 0n;
  }),
  celMethod("isGreaterThan", QUANTITY, [QUANTITY], BOOL, function (other) {
    return compare(this, other) > 0n;
  }),
  celMethod("compareTo", QUANTITY, [QUANTITY], INT, function (other) {
    return compare(this, other);
  }),
];

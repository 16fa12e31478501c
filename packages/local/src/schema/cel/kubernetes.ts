import { celFunc, celMethod, CelScalar, listType, mapType, type CelFunc, type CelMap } from "@bufbuild/cel";
import { isIP, isIPv4, isIPv6 } from "node:net";

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;

/** URLs and quantities are maps with one key that no rule uses: only the functions here can read them. */
const OPAQUE = mapType(STRING, DYN);

function read(value: CelMap, type: string): string | bigint {
  const content = value.get(type);
  if (typeof content !== "string" && typeof content !== "bigint") throw new Error("no such overload");
  return content;
}

function wrap(type: string, content: string | bigint): ReadonlyMap<string, string | bigint> {
  return new Map([[type, content]]);
}

function isUrl(text: string): boolean {
  return /^([A-Za-z][A-Za-z0-9+.-]*:\/\/|\/)/.test(text) && !/\s/.test(text) && URL.canParse(text, "http://none");
}

/** A part of a URL; the parts of a bare path that it does not have are empty. */
function urlPart(name: string, part: (url: URL) => string): CelFunc {
  return celMethod(name, OPAQUE, [], STRING, function () {
    const text = String(read(this, "@url"));
    if (!text.startsWith("/")) return part(new URL(text));
    const { pathname, search } = new URL(text, "http://none");
    return name === "getEscapedPath" ? pathname : name === "getQuery" ? search : "";
  });
}

const URLS: readonly CelFunc[] = [
  celFunc("isURL", [STRING], BOOL, isUrl),
  celFunc("url", [STRING], OPAQUE, (text) => {
    if (!isUrl(text)) throw new Error(`URL parse error during conversion from string: parse ${JSON.stringify(text)}`);
    return wrap("@url", text);
  }),
  urlPart("getScheme", (url) => url.protocol.slice(0, -1)),
  urlPart("getHost", (url) => url.host),
  urlPart("getHostname", (url) => url.hostname.replace(/^\[(.*)\]$/, "$1")),
  urlPart("getPort", (url) => url.port),
  urlPart("getEscapedPath", (url) => url.pathname),
];

const scales: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1000n,
  m: 1_000_000n,
  "": 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * 10n ** 9n,
  Mi: 2n ** 20n * 10n ** 9n,
  Gi: 2n ** 30n * 10n ** 9n,
  Ti: 2n ** 40n * 10n ** 9n,
  Pi: 2n ** 50n * 10n ** 9n,
  Ei: 2n ** 60n * 10n ** 9n,
};

/** A quantity in billionths, which is as fine as Kubernetes counts; finer ones are rounded up. Undefined when it is none. */
function nanos(text: string): bigint | undefined {
  const [all, sign = "", whole = "", fraction = "", suffix = "", exponent = "0"] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/.exec(text) ?? [];
  const scale = scales[suffix];
  if (all === undefined || scale === undefined || whole + fraction === "") return undefined;
  const power = BigInt(exponent) - BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * scale * (power > 0n ? 10n ** power : 1n);
  const divisor = power < 0n ? 10n ** -power : 1n;
  const size = (scaled + divisor - 1n) / divisor;
  return sign === "-" ? -size : size;
}

const quantityOf = (value: CelMap): bigint => BigInt(read(value, "@quantity"));
const compare = (a: bigint, b: bigint): bigint => (a < b ? -1n : a > b ? 1n : 0n);

const QUANTITIES: readonly CelFunc[] = [
  celFunc("isQuantity", [STRING], BOOL, (text) => nanos(text) !== undefined),
  celFunc("quantity", [STRING], OPAQUE, (text) => {
    const size = nanos(text);
    if (size === undefined)
      throw new Error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    return wrap("@quantity", size);
  }),
  celMethod("compareTo", OPAQUE, [OPAQUE], INT, function (other) {
    return compare(quantityOf(this), quantityOf(other));
  }),
  celMethod("isLessThan", OPAQUE, [OPAQUE], BOOL, function (other) {
    return quantityOf(this) < quantityOf(other);
  }),
  celMethod("isGreaterThan", OPAQUE, [OPAQUE], BOOL, function (other) {
    return quantityOf(this) > quantityOf(other);
  }),
  celMethod("add", OPAQUE, [OPAQUE], OPAQUE, function (other) {
    return wrap("@quantity", quantityOf(this) + quantityOf(other));
  }),
  celMethod("sub", OPAQUE, [OPAQUE], OPAQUE, function (other) {
    return wrap("@quantity", quantityOf(this) - quantityOf(other));
  }),
  celMethod("sign", OPAQUE, [], INT, function () {
    return compare(quantityOf(this), 0n);
  }),
  celMethod("isInteger", OPAQUE, [], BOOL, function () {
    return quantityOf(this) % 10n ** 9n === 0n;
  }),
  celMethod("asInteger", OPAQUE, [], INT, function () {
    if (quantityOf(this) % 10n ** 9n !== 0n) throw new Error("cannot convert value to integer");
    return quantityOf(this) / 10n ** 9n;
  }),
  celMethod("asApproximateFloat", OPAQUE, [], DOUBLE, function () {
    return Number(quantityOf(this)) / 1e9;
  }),
];

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return rest.length === 0 && /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= most;
}

/** Absent old values: an optional is a list of at most one value, and the checker lets rules use it in no other way. */
const OPTIONAL = listType(DYN);

const OLD: readonly CelFunc[] = [
  celMethod("hasValue", OPTIONAL, [], BOOL, function () {
    return this.size > 0;
  }),
  celMethod("value", OPTIONAL, [], DYN, function () {
    const value = this.get(0);
    if (value === undefined) throw new Error("optional.none() dereference");
    return value;
  }),
  celMethod("orValue", OPTIONAL, [DYN], DYN, function (other) {
    return this.get(0) ?? other;
  }),
];

/** Functions that Kubernetes adds to CEL: URLs, quantities, tests of addresses, and reading an optional oldSelf. */
export const kubernetesFunctions: readonly CelFunc[] = [
  ...URLS,
  ...QUANTITIES,
  celFunc("isIP", [STRING], BOOL, (text) => isIP(text) !== 0),
  celFunc("isCIDR", [STRING], BOOL, isCidr),
  ...OLD,
];

export { OPAQUE, OPTIONAL };

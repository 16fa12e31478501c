import { isIPv4, isIPv6 } from "node:net";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i;

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every((part) => part.length <= 63 && label.test(part));
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits)) return false;
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128);
}

function isDate(text: string): boolean {
  const [, year = "", month = "", day = ""] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === "") return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)([.,]\d+)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/i;

function isDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && /^[Tt ]$/.test(text.slice(10, 11)) && timeOfDay.test(text.slice(11));
}

function isUri(text: string): boolean {
  if (text.startsWith("/")) return !/[\s]/.test(text);
  return /^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text);
}

const goDuration = /^[-+]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$|^[-+]?0$/;
const wordDuration =
  /^\s*\d+(\.\d+)?\s*(ns|nanoseconds?|nanos?|µs|us|microseconds?|micros?|ms|milliseconds?|millis?|s|seconds?|secs?|m|minutes?|mins?|h|hours?|hr|d|days?|w|weeks?|wk)\s*$/;

/** The string formats that a CRD may ask for, by name without dashes. */
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  byte: (text) => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) && text !== "",
  cidr: isCidr,
  date: isDate,
  datetime: isDateTime,
  duration: (text) => goDuration.test(text) || wordDuration.test(text),
  email: (text) => /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(text),
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  password: () => true,
  uri: isUri,
  // Those of the built-in kinds; their names are not for definitions.
  xbytes: (text) => text === "" || checks["byte"]?.(text) === true,
  xmicrotime: (text) => isDateTime(text) && /\.\d{6}(Z|[+-]\d\d:\d\d)$/.test(text),
  xquantity: (text) => /^[-+]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\d+)?$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
};

/** Formats that the API server checks and this package does not: a schema that names one is refused. */
const refused: ReadonlySet<string> = new Set(
  "bsonobjectid creditcard hexcolor isbn isbn10 isbn13 k8slongname k8sshortname mac rgbcolor ssn uuid3 uuid4 uuid5".split(
    " ",
  ),
);

const plain = (format: string): string => format.replaceAll("-", "");

/** Whether a schema may not use this format here. Formats that the API server does not know are ignored, as it ignores them. */
export function isRefusedFormat(format: string): boolean {
  return refused.has(plain(format));
}

/** Whether this is a format of strings that is checked. */
export function isStringFormat(format: string): boolean {
  return Object.hasOwn(checks, plain(format));
}

/** Whether the text has the format; an unknown format holds for every text. */
export function hasFormat(format: string, text: string): boolean {
  const name = plain(format);
  return !Object.hasOwn(checks, name) || checks[name]?.(text) === true;
}

/** Whether the number fits its type and format: int32, int64 (also when none is given, for integers), float. */
export function fitsFormat(type: string, format: string | undefined, value: number): boolean {
  if (type === "integer") {
    if (!Number.isInteger(value)) return false;
    return format === "int32" ? value >= -(2 ** 31) && value < 2 ** 31 : value >= -(2 ** 63) && value < 2 ** 63;
  }
  return format !== "float" || Math.abs(value) <= 3.4028234663852886e38;
}

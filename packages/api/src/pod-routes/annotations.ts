import { nearest } from "../nearest.ts";
import type { Refusal } from "../refusal.ts";
import { ipFamily, isPortName, quote } from "../syntax.ts";
import { annotationPrefix, enabledLabel, podRouteAnnotations } from "./names.ts";

/** A container port that an annotation may name. */
export interface NamedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

/** What a pod's annotations say; undefined where they say nothing. */
export interface RouteOptions {
  readonly port: number | undefined;
  readonly path: string | undefined;
  readonly stripPrefix: boolean;
  readonly hostname: string | undefined;
}

/** The outcome of reading one value: the value, or what it ought to be. */
type Read<T> = { readonly value: T } | { readonly wanted: string };

/** Reads the annotations, reporting every fault among them. */
export function readAnnotations(
  given: Readonly<Record<string, string>>,
  ports: readonly NamedPort[],
): { readonly options: RouteOptions; readonly faults: readonly Refusal[] } {
  const faults: Refusal[] = [];
  const take = <T>(name: string, read: (text: string) => Read<T>): T | undefined => {
    const text = given[name];
    if (text === undefined) return undefined;
    const result = read(text);
    if ("value" in result) return result.value;
    const message = `annotation ${name} is ${quote(text)}; it must be ${result.wanted}`;
    faults.push({ reason: "InvalidAnnotation", field: annotationField(name), message });
    return undefined;
  };
  const options: RouteOptions = {
    port: take(podRouteAnnotations.port, (text) => readPort(text, ports)),
    path: take(podRouteAnnotations.path, readPath),
    stripPrefix: take(podRouteAnnotations.stripPrefix, readFlag) ?? false,
    hostname: take(podRouteAnnotations.hostname, readHostname),
  };
  return { options, faults: [...faults, ...unknownAnnotations(given)] };
}

/** The path of an annotation as a refusal's field. */
export function annotationField(name: string): string {
  return `metadata.annotations[${JSON.stringify(name)}]`;
}

function unknownAnnotations(given: Readonly<Record<string, string>>): Refusal[] {
  const known: readonly string[] = Object.values(podRouteAnnotations);
  return Object.keys(given)
    .filter((name) => name.startsWith(annotationPrefix) && !known.includes(name))
    .sort()
    .map((name) => {
      const message = `annotation ${quote(name)} (with the value ${quote(given[name])}) is not known; ${advice(name, known)}`;
      return { reason: "UnknownAnnotation", field: annotationField(name), message };
    });
}

function advice(name: string, known: readonly string[]): string {
  if (name === enabledLabel) return "it is a label, not an annotation";
  const end = (full: string): string => full.slice(annotationPrefix.length);
  const meant = nearest(end(name), known.map(end));
  return meant === undefined ? `known are ${known.join(", ")}` : `did you mean ${annotationPrefix}${meant}?`;
}

function readPort(text: string, ports: readonly NamedPort[]): Read<number> {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535) return { value: Number(text) };
  if (!isPortName(text)) return { wanted: "a port number from 1 to 65535 or the name of a container port" };
  const found = ports.find(({ name }) => name === text);
  if (found === undefined) {
    const names = ports.map(({ name }) => name);
    return {
      wanted: names.length === 0 ? "a port number: no container port has a name" : `one of ${names.join(", ")}`,
    };
  }
  if (found.protocol !== "TCP") return { wanted: `a TCP port: the container port of that name is ${found.protocol}` };
  return { value: found.port };
}

function readPath(text: string): Read<string> {
  if (!text.startsWith("/")) return { wanted: "an absolute path, beginning with a slash" };
  if (text.length > 1024) return { wanted: "at most 1024 characters long" };
  if (text.includes("?") || text.includes("#")) return { wanted: "a path only, without query or fragment" };
  if (text.includes("//")) return { wanted: "a path without empty segments (no //)" };
  if (text.split("/").some((segment) => segment === "." || segment === "..")) {
    return { wanted: "a path without the segments . and .." };
  }
  if (/%2f/i.test(text)) return { wanted: "a path without encoded slashes (%2f)" };
  if (!/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/.test(text)) {
    return { wanted: "a path of the characters that RFC 3986 allows, everything else percent-encoded" };
  }
  return { value: text };
}

function readFlag(text: string): Read<boolean> {
  if (text === "true" || text === "false") return { value: text === "true" };
  return { wanted: '"true" or "false"' };
}

function readHostname(text: string): Read<string> {
  if (text !== text.toLowerCase()) return { wanted: "in lower case" };
  if (ipFamily(text) !== undefined) return { wanted: "a host name, not an IP address" };
  const labels = text.split(".");
  const named = labels[0] === "*" && labels.length > 1 ? labels.slice(1) : labels;
  const right =
    text.length <= 253 && named.every((label) => label.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(label));
  return right
    ? { value: text }
    : { wanted: "a host name such as shop.example.com, or a wildcard such as *.example.com, without port" };
}

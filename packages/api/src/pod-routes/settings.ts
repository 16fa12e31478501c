import type { Parsed, Refusal } from "../refusal.ts";
import { isDnsLabel, isDnsSubdomain, isLabelValue, isPort, quote } from "../syntax.ts";

/** What the operator's flags say about pod routes. */
export interface PodRouteSettings {
  /** The port that pods listen on, where no annotation says otherwise. */
  readonly podPort: number;
  /** The port of the Services that are made. */
  readonly servicePort: number;
  /** The Gateway, in each pod's own namespace, that routes attach to. */
  readonly gatewayName: string;
  /** The only namespace that is served; empty: all of them. */
  readonly watchNamespace: string;
  /** Tells this operator's children from those of another one in the same cluster. */
  readonly instance: string;
}

/** The original operator's defaults. */
export const defaultPodRouteSettings: PodRouteSettings = {
  podPort: 8080,
  servicePort: 80,
  gatewayName: "envoy-router",
  watchNamespace: "",
  instance: "headgate",
};

interface Rule {
  readonly flag: string;
  readonly right: (value: unknown) => boolean;
  readonly wanted: string;
}

const portRule = (flag: string): Rule => ({ flag, right: isPort, wanted: "a whole number from 1 to 65535" });
const textRule = (flag: string, right: (text: string) => boolean, wanted: string): Rule => ({
  flag,
  right: (value) => typeof value === "string" && right(value),
  wanted,
});

const rules: Readonly<Record<keyof PodRouteSettings, Rule>> = {
  podPort: portRule("--pod-port"),
  servicePort: portRule("--service-port"),
  gatewayName: textRule("--gateway-name", isDnsSubdomain, "the name of a Gateway (a lower-case DNS name)"),
  watchNamespace: textRule(
    "--watch-namespace",
    (text) => text === "" || isDnsLabel(text),
    "the name of a namespace, or empty for all",
  ),
  instance: textRule(
    "--instance",
    (text) => text !== "" && isLabelValue(text),
    "a label value of 1 to 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
  ),
};

/** Checks settings, taking the default for what is not given. A refusal's field is the flag. */
export function parsePodRouteSettings(given: {
  readonly [K in keyof PodRouteSettings]?: unknown;
}): Parsed<PodRouteSettings> {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings = { ...defaultPodRouteSettings, ...known };
  const [first, ...rest] = (Object.keys(rules) as (keyof PodRouteSettings)[]).flatMap((name): Refusal[] => {
    const { flag, right, wanted } = rules[name];
    const value = settings[name];
    if (right(value)) return [];
    return [{ reason: "InvalidSetting", field: flag, message: `${flag} is ${quote(value)}; it must be ${wanted}` }];
  });
  return first === undefined ? { ok: true, value: settings } : { ok: false, refusals: [first, ...rest] };
}

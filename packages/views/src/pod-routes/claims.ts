import { nameKey, quote } from "@headgate/api";
import type { Refusal, RoutedPod } from "@headgate/api";
import { antiJoin, flatMap, groupBy } from "@headgate/delta";
import type { Collection, Key } from "@headgate/delta";

/** Something in a namespace that only one pod can have. */
interface Claim {
  readonly what: "path" | "child name";
  readonly key: Key;
  readonly shown: string;
  readonly pod: RoutedPod["pod"];
  readonly ready: boolean;
  readonly terminating: boolean;
}

/** A pod that does not get what it claims: refused beside its rivals or, without a refusal, handing over or taking over. */
export interface Lost {
  readonly pod: RoutedPod["pod"];
  readonly refusal: Refusal | undefined;
}

/**
 * Decides who gets a path and a child name: each goes to one pod alone, and when several want it, to none of them.
 * Only a terminating pod makes way for one that is not, as soon as that one is ready (or itself no longer is).
 */
export function decideClaims(pods: Collection<RoutedPod>): {
  readonly granted: Collection<RoutedPod>;
  readonly lost: Collection<Lost>;
} {
  const claims = flatMap(pods, { name: "pod-routes/claims", rows: claimsOf });
  const contests = groupBy(claims, {
    name: "pod-routes/contests",
    by: ({ key }) => key,
    reduce: (rows) => (rows.length > 1 ? rows.map(([, claim]) => claim) : undefined),
  });
  const losses = flatMap(contests, { name: "pod-routes/losses", rows: lossesOf });
  // One row for each pod, however many contests it lost.
  const lost = groupBy(losses, {
    name: "pod-routes/lost",
    by: ({ pod }) => nameKey(pod),
    reduce: (rows): Lost | undefined => rows.find(([, { refusal }]) => refusal !== undefined)?.[1] ?? rows[0]?.[1],
  });
  const granted = antiJoin(pods, lost, {
    name: "pod-routes/granted",
    leftKey: ({ pod }) => nameKey(pod),
    rightKey: ({ pod }) => nameKey(pod),
  });
  return { granted, lost };
}

function claimsOf({
  pod,
  path,
  hostname,
  childName,
  ready,
  terminating,
}: RoutedPod): readonly (readonly [Key, Claim])[] {
  const whole = path === "/" ? path : path.replace(/\/$/, "");
  const place = `${hostname ?? "*"} ${whole}`;
  const shown = hostname === undefined ? `path ${quote(path)}` : `path ${quote(path)} of host ${quote(hostname)}`;
  const claim = (what: Claim["what"], value: string, shown: string): readonly [Key, Claim] => [
    what,
    { what, key: `${pod.namespace} ${what} ${value}`, shown, pod, ready, terminating },
  ];
  return [claim("path", place, shown), claim("child name", childName, `child name ${quote(childName)}`)];
}

function lossesOf(claims: readonly Claim[]): readonly (readonly [Key, Lost])[] {
  const rivals = rivalsOf(claims);
  return claims.flatMap((claim): (readonly [Key, Lost])[] => {
    const { pod, what, shown } = claim;
    if (!rivals.includes(claim)) return [[pod.name, { pod, refusal: undefined }]];
    const others = rivals.filter((rival) => rival !== claim).map(({ pod }) => pod.name);
    if (others.length === 0) return [];
    const reason = what === "path" ? "PathConflict" : "NameConflict";
    const message = `${shown} is also claimed by ${named(others)}; none of them gets a route until only one claims it`;
    return [[pod.name, { pod, refusal: { reason, message } }]];
  });
}

/** Those who contest a claim in earnest: a single one of them has it. */
function rivalsOf(claims: readonly Claim[]): readonly Claim[] {
  const staying = claims.filter(({ terminating }) => !terminating);
  const serving = claims.filter(({ terminating, ready }) => terminating && ready);
  const [successor, ...more] = staying;
  if (successor === undefined) return claims;
  // The only successor is not ready yet, and a predecessor still serves: it goes on until then.
  if (more.length === 0 && !successor.ready && serving.length === 1) return serving;
  return staying;
}

/** The pods by name; of many only the first few, so that the message stays one that an Event can carry. */
function named(pods: readonly string[]): string {
  const shown = pods
    .slice(0, 3)
    .map((name) => `pod ${name}`)
    .join(", ");
  return pods.length > 3 ? `${shown} and ${String(pods.length - 3)} more` : shown;
}

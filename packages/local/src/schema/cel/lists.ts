import { celFunc, celMethod, CelScalar, listType, type CelFunc, type CelList, type CelValue } from "@bufbuild/cel";

const { BOOL, DYN, INT } = CelScalar;
const LIST = listType(DYN);

type Same = (a: CelValue, b: CelValue) => boolean;

function before(a: CelValue, b: CelValue): boolean {
  const numeric = typeof a === "number" || typeof a === "bigint";
  if (numeric && (typeof b === "number" || typeof b === "bigint")) return a < b;
  if (typeof a === "string" && typeof b === "string") return a < b;
  if (typeof a === "boolean" && typeof b === "boolean") return !a && b;
  throw new Error("no such overload: items of the list cannot be ordered");
}

function extreme(list: CelList, name: string, wins: (a: CelValue, b: CelValue) => boolean): CelValue {
  const [first, ...rest] = [...list];
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, item) => (wins(item, best) ? item : best), first);
}

function sum(list: CelList): CelValue {
  const items = [...list];
  if (items.every((item) => typeof item === "bigint")) return items.reduce((total, item) => total + item, 0n);
  if (items.every((item) => typeof item === "number")) return items.reduce((total, item) => total + item, 0);
  throw new Error("no such overload: sum");
}

/** Kubernetes' list library, and CEL's sets library. */
export function listFunctions(same: Same): CelFunc[] {
  const has = (list: CelList, wanted: CelValue): boolean => [...list].some((item) => same(item, wanted));
  const contains = (list: CelList, part: CelList): boolean => [...part].every((item) => has(list, item));
  return [
    celMethod("isSorted", LIST, [], BOOL, function () {
      const items = [...this];
      return items.every((item, i) => {
        const last = items[i - 1];
        return last === undefined || !before(item, last);
      });
    }),
    celMethod("sum", LIST, [], DYN, function () {
      return sum(this);
    }),
    celMethod("min", LIST, [], DYN, function () {
      return extreme(this, "min", before);
    }),
    celMethod("max", LIST, [], DYN, function () {
      return extreme(this, "max", (a, b) => before(b, a));
    }),
    celMethod("indexOf", LIST, [DYN], INT, function (wanted) {
      return BigInt([...this].findIndex((item) => same(item, wanted)));
    }),
    celMethod("lastIndexOf", LIST, [DYN], INT, function (wanted) {
      return BigInt([...this].findLastIndex((item) => same(item, wanted)));
    }),
    celFunc("sets.contains", [LIST, LIST], BOOL, contains),
    celFunc("sets.equivalent", [LIST, LIST], BOOL, (a, b) => contains(a, b) && contains(b, a)),
    celFunc("sets.intersects", [LIST, LIST], BOOL, (a, b) => [...a].some((item) => has(b, item))),
  ];
}

import { isObject, type Json, shown } from "../json/json.ts";

type Step = (values: readonly Json[]) => readonly Json[];

const member =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => (isObject(value) && value[name] !== undefined ? [value[name]] : []));
const every: Step = (values) =>
  values.flatMap((value) =>
    Array.isArray(value) ? value : isObject(value) ? Object.values(value).filter((item) => item !== undefined) : [],
  );
const nth =
  (index: number): Step =>
  (values) =>
    values.map((value) => (Array.isArray(value) ? value.at(index) : undefined)).filter((value) => value !== undefined);
const where =
  (path: string, wanted: string): Step =>
  (values) => {
    const find = jsonPath(path);
    return values.flatMap((value) =>
      Array.isArray(value) ? value.filter((item) => shown(find(item)[0]) === wanted) : [],
    );
  };

const token =
  /^(?:\.?\[\?\(@((?:\.[\w-]+)+)\s*==\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\)\]|\.?\[(-?\d+)\]|\.?\[\*\]|\.\*|\.?\['([^']*)'\]|\.((?:\\.|[^.[\]\\])+))/;

/** The part of JSONPath that printer columns use: members, indexes, `[*]`, and filters `[?(@.type=="Ready")]`. */
export const jsonPath = (text: string): ((root: Json) => readonly Json[]) => {
  const steps: Step[] = [];
  let rest = text.startsWith(".") || text.startsWith("[") || text === "" ? text : `.${text}`;
  while (rest !== "") {
    const found = token.exec(rest);
    if (!found) return () => [];
    const [whole, path, double, single, plain, index, quoted, name] = found;
    if (path !== undefined) steps.push(where(path, double ?? single ?? plain ?? ""));
    else if (index !== undefined) steps.push(nth(Number(index)));
    else if (quoted !== undefined) steps.push(member(quoted));
    else if (name !== undefined) steps.push(member(name.replace(/\\(.)/g, "$1")));
    else steps.push(every);
    rest = rest.slice(whole.length);
  }
  return (root) => steps.reduce<readonly Json[]>((values, step) => step(values), [root]);
};

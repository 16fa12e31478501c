/** A field's place in an object: names and indices from the top. */
export type FieldPath = readonly (string | number)[];

/** Reads a path as refusals write it: `spec.ports[0].name`, `metadata.annotations["a/b"]`. What can't be read ends it. */
export function parseFieldPath(text: string): FieldPath {
  const path: (string | number)[] = [];
  for (const [, name, index, quoted] of text.matchAll(/([^.[\]"]+)(?=[.[]|$)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(JSON.parse(quoted) as string);
    else if (name !== undefined) path.push(name);
  }
  return path;
}

/** Writes a path so that {@link parseFieldPath} reads it. */
export function formatFieldPath(path: FieldPath): string {
  return path
    .map((part, i) => {
      if (typeof part === "number") return `[${String(part)}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return i === 0 ? part : `.${part}`;
    })
    .join("");
}

import { readdir, readFile, stat } from "node:fs/promises";
import { identityKey, nameKey, refOf } from "@headgate/api";
import type { KubeObject, ObjectRef } from "@headgate/api";
import { parseFieldPath } from "./field-path.ts";
import { parseManifests } from "./parse-manifests.ts";
import type { Manifest, ManifestProblem } from "./parse-manifests.ts";
import { withNamespace } from "./stand-ins.ts";

/** Objects from files, and where each of them is written. */
export interface Manifests {
  readonly objects: readonly KubeObject[];
  readonly problems: readonly ManifestProblem[];
  /** `file:line` of an object or of one of its fields; undefined for an object that was not among them. */
  readonly placeOf: (ref: ObjectRef, field?: string) => string | undefined;
}

/** Manifests that can't be used. The message has a line for each problem: file, line, field, and what would be right. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly problems: readonly ManifestProblem[];

  constructor(problems: readonly ManifestProblem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

/** A problem in one line: `file:line: field: message`. */
export function problemLine({ file, line, field, message }: ManifestProblem): string {
  const place = line === undefined ? file : `${file}:${String(line)}`;
  return field === undefined ? `${place}: ${message}` : `${place}: ${field} ${message}`;
}

/** Where text comes from when a source is `-`. */
export type ReadInput = () => Promise<string>;

/**
 * Reads objects from files, folders (their .yaml, .yml and .json files, not deeper ones) and `-`, standard input.
 * An object without a namespace gets `default`. Two of the same identity are a problem.
 */
export async function readManifests(
  sources: readonly string[],
  readInput: ReadInput = standardInput,
): Promise<Manifests> {
  const { texts, problems: unread } = await readTexts(sources, readInput);
  const parsed = texts.map(({ file, text }) => parseManifests(file, text));
  const problems = [...unread, ...parsed.flatMap((one) => one.problems)];
  const manifests = parsed
    .flatMap((one) => one.manifests)
    .map((one) => ({ ...one, object: withNamespace(one.object) }));
  const byIdentity = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const key = identityKey(refOf(manifest.object));
    const earlier = byIdentity.get(key);
    if (earlier === undefined) byIdentity.set(key, manifest);
    else problems.push(duplicate(manifest, earlier));
  }
  return {
    objects: [...byIdentity.values()].map(({ object }) => object),
    problems,
    placeOf: (ref, field) => {
      const found = byIdentity.get(identityKey(ref));
      return found && `${found.file}:${String(found.lineOf(field === undefined ? [] : parseFieldPath(field)))}`;
    },
  };
}

/** The objects of {@link readManifests}. Throws a ManifestError when there is any problem. */
export async function readObjects(sources: readonly string[], readInput?: ReadInput): Promise<readonly KubeObject[]> {
  const { objects, problems } = await readManifests(sources, readInput);
  if (problems.length > 0) throw new ManifestError(problems);
  return objects;
}

function duplicate({ object, file, lineOf }: Manifest, earlier: Manifest): ManifestProblem {
  const place = `${earlier.file}:${String(earlier.lineOf([]))}`;
  const message = `names the ${object.kind} ${nameKey(object.metadata)}, which is also at ${place}`;
  return { file, line: lineOf(["metadata", "name"]), field: "metadata.name", message };
}

/** A file and what is in it. */
export interface Text {
  readonly file: string;
  readonly text: string;
}

/** The texts of files, of folders (their .yaml, .yml and .json files, not deeper ones) and of `-`, standard input. */
export async function readTexts(
  sources: readonly string[],
  readInput: ReadInput = standardInput,
): Promise<{ readonly texts: readonly Text[]; readonly problems: readonly ManifestProblem[] }> {
  const texts: Text[] = [];
  const problems: ManifestProblem[] = [];
  for (const source of sources) texts.push(...(await textsOf(source, readInput, problems)));
  return { texts, problems };
}

async function textsOf(source: string, readInput: ReadInput, problems: ManifestProblem[]): Promise<readonly Text[]> {
  if (source === "-") return [{ file: "standard input", text: await readInput() }];
  try {
    const files = (await stat(source)).isDirectory() ? await manifestsIn(source) : [source];
    if (files.length === 0) problems.push(whole(source, "the folder has no .yaml, .yml or .json file"));
    return await Promise.all(files.map(async (file) => ({ file, text: await readFile(file, "utf8") })));
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    problems.push(whole(source, error.code === "ENOENT" ? "there is no such file or folder" : error.message));
    return [];
  }
}

async function manifestsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /\.(ya?ml|json)$/.test(name));
  return names.sort().map((name) => `${folder.replace(/\/+$/, "")}/${name}`);
}

function whole(file: string, message: string): ManifestProblem {
  return { file, line: undefined, field: undefined, message };
}

async function standardInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

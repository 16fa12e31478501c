import { matchesGlob } from "node:path";
import { expect, test } from "vitest";
import { repositoryFiles } from "../../tools/docs/files.ts";
import { root } from "../../tools/root.ts";
import config from "../../vitest.config.ts";
import kubernetes from "../../vitest.kubernetes.config.ts";

interface Project {
  readonly test: { readonly name: string; readonly include: readonly string[]; readonly exclude?: readonly string[] };
}

const everywhere = config.test?.exclude ?? [];
const ours = (config.test?.projects ?? []) as unknown as readonly Project[];
const projects: readonly Project[] = [
  ...ours.map(({ test }) => ({ test: { ...test, exclude: [...everywhere, ...(test.exclude ?? [])] } })),
  kubernetes as unknown as Project,
];
const runs = ({ test: { include, exclude = [] } }: Project, file: string): boolean =>
  include.some((glob) => matchesGlob(file, glob)) && !exclude.some((glob) => matchesGlob(file, glob));

const files = repositoryFiles(root, "*.test.ts");

test("every test file is run, by one project", () => {
  expect(files.length).toBeGreaterThan(50);
  const homes = files.map((file) => [file, projects.filter((project) => runs(project, file)).map((p) => p.test.name)]);
  expect(homes.filter(([, names]) => names?.length !== 1)).toEqual([]);
});

test("every project has tests to run", () => {
  const idle = projects.filter((project) => !files.some((file) => runs(project, file)));
  expect(idle.map((project) => project.test.name)).toEqual([]);
});

/** Holds the source of every package to the layer rules. Fails too when it looked at fewer files than there are. */
import { existsSync, globSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cruise } from "dependency-cruiser";
import type { ICruiseResult } from "dependency-cruiser";
import { layerRules } from "./layers/rules.ts";
import type { Manifest } from "./layers/rules.ts";
import { root } from "./root.ts";

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

export interface LayerReport {
  /** The source files that were looked at, relative to the base folder. */
  readonly cruised: readonly string[];
  /** The source files that exist; looking at fewer is a failure of the gate itself. */
  readonly expected: readonly string[];
  readonly violations: readonly Violation[];
}

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, { readonly "@headgate/source"?: string }>>;
}

function manifestsIn(base: string): Manifest[] {
  return readdirSync(join(base, "packages"))
    .filter((folder) => existsSync(join(base, "packages", folder, "package.json")))
    .map((folder) => {
      const text = readFileSync(join(base, "packages", folder, "package.json"), "utf8");
      const { dependencies = {}, optionalDependencies = {}, exports = {} } = JSON.parse(text) as PackageJson;
      return {
        folder,
        declares: Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) =>
          name.startsWith("@headgate/") ? [name.slice("@headgate/".length)] : [],
        ),
        doors: Object.values(exports).flatMap((door) => door["@headgate/source"]?.replace(/^\.\//, "") ?? []),
      };
    });
}

/** Cruises `packages/<name>/src` under a base folder, which is the repository or a planted copy of its shape. */
export async function checkLayers(base: string): Promise<LayerReport> {
  const expected = globSync("packages/*/src/**/*.ts", { cwd: base }).toSorted();
  const { output } = await cruise(
    expected,
    {
      baseDir: base,
      validate: true,
      ruleSet: { forbidden: layerRules(manifestsIn(base)) },
      // Sees imports of types, which leave no trace in what runs but are dependencies of the reader.
      tsPreCompilationDeps: true,
      doNotFollow: { path: "node_modules" },
      enhancedResolveOptions: {
        conditionNames: ["@headgate/source", "types", "import", "default"],
        exportsFields: ["exports"],
      },
    },
    {},
  );
  const { modules, summary } = output as ICruiseResult;
  return {
    cruised: modules.flatMap(({ source }) => (expected.includes(source) ? [source] : [])).toSorted(),
    expected,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

/** One line for each thing that is wrong; empty when the layers hold. */
export function layerComplaints({ cruised, expected, violations }: LayerReport): string[] {
  const seen = new Set(cruised);
  return [
    ...(expected.length === 0 ? ["no source files found: the gate looked at nothing"] : []),
    ...expected.filter((file) => !seen.has(file)).map((file) => `${file}: exists but was not looked at`),
    ...violations.map(({ rule, from, to }) => `${from} → ${to}: ${rule}`),
  ];
}

if (import.meta.main) {
  const report = await checkLayers(root);
  const complaints = layerComplaints(report);
  for (const complaint of complaints) console.error(complaint);
  console.log(`layers: ${String(report.cruised.length)} files, ${String(complaints.length)} violations`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}

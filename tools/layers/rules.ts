import type { IForbiddenRuleType } from "dependency-cruiser";
import { pureRooms, rooms } from "./rooms.ts";
import type { Entry } from "./rooms.ts";

const src = (name: string): string => `^packages/${name}/src/`;
const rule = (name: string, comment: string, from: object, to: object): IForbiddenRuleType => ({
  name,
  comment,
  severity: "error",
  from,
  to,
});

/** One rule for each cell of the import table that is not a plain yes. */
function tableRules(): IForbiddenRuleType[] {
  return Object.entries(rooms).flatMap(([name, { imports }]) => {
    const open = [name, ...Object.keys(imports)].join("|");
    const closed = rule(
      `room-${name}`,
      `${name} may import ${Object.keys(imports).join(", ") || "no other package"}: see the table in ARCHITECTURE.md.`,
      { path: src(name) },
      { path: "^packages/", pathNot: `^packages/(${open})/` },
    );
    const narrow = Object.entries(imports).flatMap(([to, entry]) => narrowed(name, to, entry));
    return [closed, ...narrow];
  });
}

function narrowed(from: string, to: string, entry: Entry): IForbiddenRuleType[] {
  if (entry === "all") return [];
  if (entry === "types") {
    const why = `${from} speaks of ${to}'s collections but runs none of its code: the effects work without the engine.`;
    return [
      rule(`room-${from}-${to}-types`, why, { path: src(from) }, { path: src(to), dependencyTypesNot: ["type-only"] }),
    ];
  }
  const why = `${from} sees ${to} only through its ${entry.door} door: the rest belongs to the control plane.`;
  return [
    rule(
      `room-${from}-${to}-door`,
      why,
      { path: src(from) },
      { path: src(to), pathNot: `${src(to)}${entry.door}/index\\.ts$` },
    ),
  ];
}

/** What a package's manifest says, as far as the rules need it. */
export interface Manifest {
  /** Folder name under packages/. */
  readonly folder: string;
  /** The folders of the other packages that it declares as dependencies. */
  readonly declares: readonly string[];
  /** The source files that its `exports` open to others, relative to the package. */
  readonly doors: readonly string[];
}

function manifestRules(manifests: readonly Manifest[]): IForbiddenRuleType[] {
  const doors = manifests.flatMap(({ folder, doors }) =>
    doors.map((door) => `^packages/${folder}/${door.replaceAll(".", "\\.")}$`),
  );
  return [
    rule(
      "front-door-only",
      "A package is entered by what its exports name, so that the rest of it may change without asking.",
      { path: "^packages/([^/]+)/" },
      { path: "^packages/", pathNot: ["^packages/$1/", ...doors] },
    ),
    ...manifests.map(({ folder, declares }) =>
      rule(
        `declared-${folder}`,
        "npm links every package into the root, so an undeclared import resolves by luck: the manifest must name it.",
        { path: `^packages/${folder}/` },
        { path: "^packages/", pathNot: `^packages/(${[folder, ...declares].join("|")})/` },
      ),
    ),
  ];
}

const librariesOf = (name: string): readonly string[] => rooms[name]?.libraries ?? [];
const bare = pureRooms.filter((name) => librariesOf(name).length === 0);
const outside = ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-bundled", "npm-no-pkg", "npm-unknown"];

const houseRules: IForbiddenRuleType[] = [
  rule(
    "pure-has-no-effects",
    "What decides is a function of values: no Node, no npm, hence no clock, no chance, no I/O.",
    { path: `^packages/(${bare.join("|")})/src/` },
    { dependencyTypes: outside, pathNot: "^packages/" },
  ),
  ...pureRooms
    .filter((name) => !bare.includes(name))
    .map((name) =>
      rule(
        `pure-${name}-libraries`,
        `Of npm and Node, ${name} takes ${librariesOf(name).join(" and ")} and nothing else: it has no effects.`,
        { path: src(name) },
        {
          dependencyTypes: outside,
          pathNot: ["^packages/", ...librariesOf(name).map((library) => `node_modules/${library}/`)],
        },
      ),
    ),
  rule(
    "engine-knows-no-domain",
    "The engine has users and laws of its own: it imports nothing but itself.",
    { path: src("delta") },
    { pathNot: src("delta") },
  ),
  rule(
    "only-kube-knows-the-cluster-client",
    "One package speaks to API servers, so that retries, time-outs and authentication are decided once.",
    { path: "^packages/(?!kube/)" },
    { path: "node_modules/@kubernetes/" },
  ),
  rule(
    "only-kube-and-local-use-undici",
    "Connections are owned where they are supervised; local has its own because it knows nothing of kube.",
    { path: "^packages/(?!kube/|local/)" },
    { path: "node_modules/undici/" },
  ),
  rule(
    "local-parts-meet-at-the-api",
    "Controllers, runner and echo app run against any API server: they never see the stand-in's insides.",
    { path: `${src("local")}(controllers|runner|echo|client)/` },
    { path: `${src("local")}(server|schema)/` },
  ),
  rule(
    "local-server-is-alone",
    "The stand-in API server serves whoever calls; it knows no controller and no runner.",
    { path: `${src("local")}(server|schema)/` },
    { path: `${src("local")}(controllers|runner|echo|client)/` },
  ),
  rule(
    "view-folder-by-its-index",
    "A folder of views is entered by its index.ts, also from the folder next door.",
    { path: `${src("views")}([^/]+)/` },
    { path: `${src("views")}[^/]+/`, pathNot: [`${src("views")}$1/`, `${src("views")}[^/]+/index\\.ts$`] },
  ),
  rule(
    "testkit-is-for-tests",
    "What ships never carries test machinery.",
    { path: "^packages/(?!testkit/)[^/]+/src/" },
    { path: "^packages/testkit/" },
  ),
  rule(
    "no-cycle",
    "Files that import each other can't be read, tested or moved one at a time.",
    {},
    { circular: true },
  ),
  rule(
    "no-orphans",
    "A file that nothing imports and that imports nothing is dead, or a test would say so.",
    { orphan: true, pathNot: ["/index\\.ts$", "/main\\.ts$"] },
    {},
  ),
  rule(
    "no-unresolvable",
    "An import that can't be resolved is not checked by any other rule.",
    {},
    {
      couldNotResolve: true,
    },
  ),
  rule(
    "declared-npm-only",
    "A package declares each npm package that it imports: hoisting hides the lack until it is installed alone.",
    { path: "^packages/[^/]+/src/" },
    { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
  ),
  rule(
    "no-dev-dependency-in-source",
    "A development dependency is missing where the package is installed to run.",
    { path: "^packages/[^/]+/src/" },
    { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
  ),
];

/** Every layer rule, for packages with these manifests. */
export function layerRules(manifests: readonly Manifest[]): IForbiddenRuleType[] {
  return [...houseRules, ...tableRules(), ...manifestRules(manifests)];
}

/** What a package may import of another one. */
export type Entry =
  /** Everything that its front doors export. */
  | "all"
  /** Types only: nothing of it runs. */
  | "types"
  /** One folder of views, entered as `@headgate/views/<door>`. */
  | { readonly door: string };

export interface Room {
  /** The other packages that it may import; what is not named is forbidden. */
  readonly imports: Readonly<Record<string, Entry>>;
  /** Pure rooms see neither Node nor npm, but for the libraries that they name. */
  readonly pure: boolean;
  /** What a pure room takes from npm: functions of values, without effects. */
  readonly libraries?: readonly string[];
  /** What it takes from outside, for the table in ARCHITECTURE.md. */
  readonly outside: string;
}

/** Who may enter which room: the one place that says so. The layer rules are made from it, and ARCHITECTURE.md shows it. */
export const rooms: Readonly<Record<string, Room>> = {
  delta: { imports: {}, pure: true, outside: "none" },
  api: { imports: {}, pure: true, outside: "none" },
  views: { imports: { delta: "all", api: "all" }, pure: true, outside: "none" },
  pipeline: {
    imports: { delta: "all", api: "all" },
    pure: true,
    libraries: ["yaml", "@bufbuild/re2"],
    outside: "YAML, regular expressions",
  },
  kube: { imports: { delta: "types", api: "all" }, pure: false, outside: "Node, Kubernetes client, undici" },
  operator: {
    imports: { delta: "all", api: "all", views: "all", pipeline: "all", kube: "all" },
    pure: false,
    outside: "Node, few",
  },
  proxy: {
    imports: { delta: "all", api: "all", views: { door: "route-table" }, kube: "all" },
    pure: false,
    outside: "Node, fewest",
  },
  hybrid: {
    imports: { delta: "all", api: "all", pipeline: "all", kube: "all" },
    pure: false,
    outside: "Node",
  },
  local: { imports: {}, pure: false, outside: "Node, libraries" },
  cli: {
    imports: {
      delta: "all",
      api: "all",
      views: "all",
      pipeline: "all",
      kube: "all",
      operator: "all",
      proxy: "all",
      local: "all",
    },
    pure: false,
    outside: "Node",
  },
  testkit: {
    imports: { delta: "all", api: "all", views: "all", pipeline: "all", kube: "all", local: "all" },
    pure: false,
    outside: "anything; only tests import it",
  },
};

/** The packages that compile without ambient types and import nothing from outside but what they name. */
export const pureRooms: readonly string[] = Object.keys(rooms).filter((name) => rooms[name]?.pure);

function cell(from: string, to: string): string {
  if (from === to) return "·";
  const entry = rooms[from]?.imports[to];
  if (entry === undefined) return "";
  if (entry === "all") return "✓";
  return entry === "types" ? "✓ types" : `✓ \`${entry.door}\``;
}

/** The table of ARCHITECTURE.md, in Markdown. */
export function importTable(): string {
  const names = Object.keys(rooms);
  const columns = names.filter((name) => name !== "cli" && name !== "testkit");
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    row(["may import", ...columns, "outside"]),
    row(["---", ...columns.map(() => ":-:"), "---"]),
    ...names.map((name) => row([`**${name}**`, ...columns.map((to) => cell(name, to)), rooms[name]?.outside ?? ""])),
  ].join("\n");
}

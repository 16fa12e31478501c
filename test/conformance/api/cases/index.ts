import type { Step } from "../exchange.ts";
import { applies } from "./apply.ts";
import { custom } from "./custom.ts";
import { deletions } from "./deletion.ts";
import { kinds } from "./kinds.ts";
import { lists } from "./lists.ts";
import { objects } from "./objects.ts";
import { patches } from "./patches.ts";
import { tables } from "./tables.ts";

interface Group {
  readonly cases: Readonly<Record<string, readonly Step[]>>;
  readonly managers?: boolean;
}

/** Everything that an API server is asked. */
export const groups: Readonly<Record<string, Group>> = {
  objects: { cases: objects },
  patches: { cases: patches },
  apply: { cases: applies, managers: true },
  deletion: { cases: deletions },
  lists: { cases: lists },
  kinds: { cases: kinds },
  custom: { cases: custom, managers: true },
  tables: { cases: tables },
};

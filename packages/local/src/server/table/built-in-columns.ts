import type { Column } from "../kinds/resource.ts";

const columns: Readonly<Record<string, readonly Column[]>> = {};

export const columnsOf = (kind: string): readonly Column[] => columns[kind] ?? [];

import { goldenSuite } from "@headgate/testkit";
import { newTable, setAll } from "../route-table/mount-objects.ts";

goldenSuite({
  dir: new URL("../../testdata/route-table/", import.meta.url),
  run: (documents) => {
    const table = newTable();
    table.graph.turn((turn) => {
      setAll(turn, table, documents);
    });
    return Object.fromEntries(
      Object.entries(table.outputs).map(([name, rows]) => [name, Object.fromEntries(rows.entries())]),
    );
  },
});

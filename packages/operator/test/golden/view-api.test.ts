import type { KubeObject } from "@headgate/api";
import { goldenSuite } from "@headgate/testkit";

import { discovery } from "../../src/view-api/discovery.ts";
import { listOf } from "../../src/view-api/list.ts";
import { openApi } from "../../src/view-api/openapi.ts";
import { renderedList, renderingOf } from "../../src/view-api/render.ts";
import { selectionOf } from "../../src/view-api/selection.ts";
import { viewStage } from "../view-api/stage.ts";

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";

/** Operators and objects: what kubectl is told of the views that come of them. */
goldenSuite({
  dir: new URL("../../testdata/view-api/", import.meta.url),
  run: (documents) => {
    const objects = documents as readonly KubeObject[];
    const stage = viewStage(objects.filter(({ kind }) => kind === "Operator"));
    for (const object of objects) if (object.kind !== "Operator") stage.put(object);
    const { store } = stage;
    const kinds = store.kinds();
    const all = new URLSearchParams();
    const documentsOf = {
      api: discovery(["api"], kinds, undefined)?.body,
      apis: discovery(["apis"], kinds, undefined)?.body,
      aggregated: discovery(["apis"], kinds, aggregated),
      groups: kinds.map(({ group, version }) => discovery(["apis", group, version], kinds, undefined)?.body),
      openapi: openApi([], kinds),
      schemas: kinds.map(({ group, version }) => openApi(["apis", group, version], kinds)),
    };
    const lists = kinds.map((kind) => {
      const view = store.find(kind.group, kind.version, kind.resource);
      if (view === undefined) throw new Error("a kind without a view");
      const { objects: found, metadata } = listOf(view, all, selectionOf(all, undefined), store.versions);
      const told = (accept: string | undefined): object =>
        renderedList(found, metadata, { kind, rendering: renderingOf(accept, all) });
      return { list: told(undefined), table: told(table) };
    });
    return { documents: documentsOf, lists };
  },
});

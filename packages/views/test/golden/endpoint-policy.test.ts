import type { KubeObject } from "@headgate/api";
import { goldenSuite } from "@headgate/testkit";
import { comesTo } from "../endpoint-policy/comes-to.ts";

goldenSuite({
  dir: new URL("../../testdata/endpoint-policy/", import.meta.url),
  run: (documents) => comesTo(documents as readonly KubeObject[]),
});

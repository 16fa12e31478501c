import { parseOperatorResource } from "@headgate/api";
import type { KubeObject } from "@headgate/api";
import { goldenSuite } from "@headgate/testkit";

/** What is read of an Operator: its controllers with their defaults, or every fault with its field. */
goldenSuite({
  dir: new URL("../../testdata/pipelines/", import.meta.url),
  run: (documents) =>
    (documents as readonly KubeObject[]).map((object) => {
      const parsed = parseOperatorResource(object);
      return parsed.ok ? parsed.value : { refused: parsed.refusals.map(({ message }) => message) };
    }),
});

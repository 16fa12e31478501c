import { defaultPodRouteSettings } from "@headgate/api";
import type { KubeObject, PodRouteSettings } from "@headgate/api";
import { goldenSuite } from "@headgate/testkit";
import { expect } from "vitest";
import { refusalLines, render, renderedText } from "../../src/render/index.ts";

interface Case {
  readonly settings?: Partial<PodRouteSettings>;
  readonly objects: readonly KubeObject[];
}

goldenSuite({
  dir: new URL("../../testdata/render/", import.meta.url),
  run: ([document]) => {
    const { settings, objects } = document as Case;
    const podRoutes = { ...defaultPodRouteSettings, ...settings };
    const rendered = render(objects, { podRoutes });
    const again = render(objects.toReversed(), { podRoutes });
    expect(renderedText(again, "json")).toBe(renderedText(rendered, "json"));
    expect(JSON.parse(renderedText(rendered, "json"))).toMatchObject({ kind: "List" });
    return {
      output: renderedText(rendered, "yaml"),
      refusals: refusalLines(rendered, (_, field) => `file.yaml ${field ?? ""}`),
      notices: rendered.notices.map(({ about, reason, message }) => `${about.name} ${reason}: ${message}`),
      assumptions: rendered.assumptions,
    };
  },
});

export type { ManifestProblem } from "./parse-manifests.ts";
export { ManifestError, problemLine, readManifests, readObjects } from "./read.ts";
export type { Manifests } from "./read.ts";
export { render } from "./render.ts";
export type { Rendered, RenderSettings } from "./render.ts";
export { refusalLines, renderedText } from "./write.ts";
export { withStandIns } from "./stand-ins.ts";

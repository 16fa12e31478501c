export { contourPrograms } from "./contour-programs.ts";
export type { ContourPrograms } from "./contour-programs.ts";
export { contourControllerName, installContour, startContour } from "./start-contour.ts";
export type { ContourOptions, RunningContour } from "./start-contour.ts";

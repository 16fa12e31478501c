export { fakeClock } from "./fake-clock.ts";
export type { FakeClock } from "./fake-clock.ts";
export { goldenSuite } from "./golden.ts";
export type { GoldenSuite } from "./golden.ts";
export { scenarioSuite } from "./scenario.ts";
export type { ScenarioSuite } from "./scenario.ts";

import { expect, test } from "vitest";
import { throttle } from "../src/throttle.ts";
import { virtualClock } from "./virtual-clock.ts";

test("refused together counts once; after the pause half as many may be under way, and one more after each calm while", async () => {
  const { time, clock } = virtualClock();
  let resumed = 0;
  const allowed = throttle(16, clock, () => {
    resumed += 1;
  });
  expect(allowed.most).toBe(16);
  for (let request = 0; request < 12; request++) allowed.refused(12, 1_000);
  expect([allowed.most, resumed]).toEqual([0, 0]);
  await time.advance(999);
  expect(allowed.most).toBe(0);
  await time.advance(300);
  expect([allowed.most, resumed]).toEqual([6, 1]);

  allowed.passed();
  expect(allowed.most).toBe(6);
  for (const most of [7, 8]) {
    await time.advance(5_000);
    allowed.passed();
    allowed.passed();
    expect(allowed.most).toBe(most);
  }
  for (let calm = 0; calm < 20; calm++) {
    await time.advance(5_000);
    allowed.passed();
  }
  expect(allowed.most).toBe(16);
});

test("there is always one that may be under way, and a closed one never resumes", async () => {
  const { time, clock } = virtualClock();
  let resumed = 0;
  const allowed = throttle(4, clock, () => {
    resumed += 1;
  });
  for (let pause = 1; pause <= 5; pause++) {
    allowed.refused(1, 1_000);
    await time.advance(2_000);
    expect([allowed.most, resumed]).toEqual([1, pause]);
  }
  allowed.refused(1, 1_000);
  allowed.close();
  await time.advance(10_000);
  expect(resumed).toBe(5);
});

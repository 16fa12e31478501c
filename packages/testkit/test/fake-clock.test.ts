import { fakeClock } from "@headgate/testkit";
import { expect, test } from "vitest";

test("timers fire in order of time, at their time, and those set meanwhile too", async () => {
  const clock = fakeClock(1000);
  const fired: string[] = [];
  clock.after(20, () => fired.push(`late at ${String(clock.now())}`));
  clock.after(10, () => {
    fired.push(`early at ${String(clock.now())}`);
    clock.after(5, () => fired.push(`nested at ${String(clock.now())}`));
  });
  await clock.advance(30);
  expect(fired).toEqual(["early at 1010", "nested at 1015", "late at 1020"]);
  expect(clock.now()).toBe(1030);
});

test("a cancelled timer does not fire, and an aborted sleep leaves no timer", async () => {
  const clock = fakeClock();
  const fired: string[] = [];
  clock.after(10, () => fired.push("cancelled"))();
  const stop = new AbortController();
  const sleeping = clock.sleep(10, stop.signal);
  stop.abort(new Error("no longer wanted"));
  await expect(sleeping).rejects.toThrow("no longer wanted");
  expect(clock.pending).toBe(0);
  await clock.advance(20);
  expect(fired).toEqual([]);
});

test("a sleep ends when the clock has moved far enough, not before", async () => {
  const clock = fakeClock();
  let awake = false;
  void clock.sleep(10).then(() => (awake = true));
  await clock.advance(9);
  expect(awake).toBe(false);
  await clock.advance(1);
  expect(awake).toBe(true);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { chance } from "../kube/chance.ts";
import type { Chance } from "../kube/chance.ts";
import { inBackground } from "./background.ts";
import type { Background } from "./background.ts";
import { churn } from "./churn.ts";
import { expectFaultFree } from "./end-state.ts";
import type { OperatorProcess } from "./operator-process.ts";
import { settled } from "./settled.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** A cluster in which something is about to go wrong. */
export interface Scene {
  readonly stage: Stage;
  readonly random: Chance;
  /** Starts an operator, and people's work, which goes on by itself. */
  readonly begin: (
    options?: Parameters<Stage["startOperator"]>[0],
  ) => Promise<{ readonly operator: OperatorProcess; readonly work: Background }>;
}

const seed = Number(process.env["HEADGATE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/**
 * A test on a control plane of its own. When the trouble is over, people stop, everything comes to rest, and what `trouble`
 * returned is asked; then all must be as if there had been none.
 */
export function troubleTest(
  { name, namespace, timeout }: { readonly name: string; readonly namespace: string; readonly timeout: number },
  trouble: (scene: Scene) => Promise<() => Promise<void>>,
): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.namespace(namespace);
  });
  afterAll(() => stage.close());

  test(`${name} (HEADGATE_SEED=${String(seed)})`, { timeout }, async () => {
    const people = churn(stage.client, { namespace, seed });
    const begun: { operator: OperatorProcess; work: Background }[] = [];
    const begin: Scene["begin"] = async (options) => {
      const operator = await stage.startOperator(options);
      const both = { operator, work: inBackground(people) };
      begun.push(both);
      return both;
    };
    const check = await trouble({ stage, begin, random: chance(seed, "trouble") });
    for (const { work } of begun) await work.stop();
    const operators = begun.map(({ operator }) => operator);
    await settled(stage, namespace, operators);
    await check();
    for (const operator of operators) expect(await operator.stop()).toBe(0);
    await people.foreign.check();
    await expectFaultFree(stage, namespace);
  });
}

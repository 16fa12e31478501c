import { request } from "node:http";
import type { Agent } from "node:http";
import { onTestFinished, vi } from "vitest";

import { patience } from "./rig.ts";

export interface Answer {
  readonly status: number;
  /** What the echo app said; empty for anything else. */
  readonly said: Readonly<Record<string, unknown>>;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
}

/** Asks and reads the whole answer. `fetch` would put its own Host in place of the one that is asked for. */
export async function ask(url: string, { method = "GET", headers = {}, agent }: Question = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  request(url, { method, headers, ...(agent && { agent }) }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    response.on("end", () => {
      const said = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
      resolve({ status: response.statusCode ?? 0, said });
    });
    response.on("error", reject);
  })
    .on("error", reject)
    .end();
  return promise;
}

/** Something that asks over and over. */
export interface Prober {
  /** Waits for this many questions more. */
  more(count: number): Promise<void>;
  /** What came back wrong. Ends the asking. */
  stop(): Promise<{ readonly asked: number; readonly failures: readonly string[] }>;
}

/** Asks one question after the other, until the test that runs has finished at the latest; `failed` says what is wrong with an answer, if anything is. */
export function prober(asking: () => Promise<Answer>, failed: (answer: Answer) => string | undefined): Prober {
  let asked = 0;
  let on = true;
  const failures: string[] = [];
  const running = (async () => {
    while (on) {
      const wrong = await asking().then(failed, (error: unknown) => String(error));
      if (wrong !== undefined) failures.push(wrong);
      asked += 1;
    }
  })();
  onTestFinished(() => {
    on = false;
  });
  return {
    more: async (count) => {
      const until = asked + count;
      await vi.waitUntil(() => asked >= until, patience);
    },
    stop: async () => {
      on = false;
      await running;
      return { asked, failures };
    },
  };
}

/** Of an answer that should come from this pod. */
export function notFrom(pod: string): (answer: Answer) => string | undefined {
  return ({ status, said }) =>
    status === 200 && said["pod"] === pod ? undefined : `${String(status)} from ${String(said["pod"])}`;
}

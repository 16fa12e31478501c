import { answers, grpcStatus, reasonHeader } from "./answers.ts";
import type { Reason } from "./answers.ts";
import { answerHeaders, decide } from "./decide.ts";
import type { Decision, Rules } from "./decide.ts";
import { cleanTrailers, endToEnd, tokensOf } from "./header-list.ts";
import type { HeaderList } from "./header-list.ts";
import type { Inbound } from "./inbound.ts";
import { isUnwritable, SendError } from "./outbound.ts";
import type { Answer, Attempt, Outbound } from "./outbound.ts";
import { lessBusy } from "./pick.ts";
import type { Live, LiveTarget, Pools } from "./pools.ts";
import type { Responder } from "./responder.ts";

/** What an exchange needs of the proxy around it. */
export interface Surroundings extends Rules {
  readonly pools: Pools;
  readonly connectTimeoutMs: number;
  /** How many endpoints, or connections, a request may be tried on in all. */
  readonly attempts: number;
  readonly onAnswer: (reason: Reason) => void;
  /** Told of what should never happen. */
  readonly onBug: (bug: unknown) => void;
}

type Forward = Extract<Decision, { do: "forward" }>;

/** Serves one request to its end. Whatever client or backend do, it ends in an answer or a broken connection. */
export function exchange(request: Inbound, responder: Responder, around: Surroundings): void {
  serve(request, responder, around).catch((bug: unknown) => {
    responder.destroy();
    around.onBug(bug);
  });
}

async function serve(request: Inbound, responder: Responder, around: Surroundings): Promise<void> {
  const decision = decide(request, around);
  if (decision.do === "refuse") {
    answerOwn(request, responder, decision.reason, around);
  } else if (decision.do === "redirect") {
    responder.head(decision.status, [...decision.headers, ["Content-Length", "0"]]);
    responder.end([]);
  } else {
    await forward(request, responder, decision, around);
  }
}

/** Answers by the proxy itself: text for people, a reason for programs, a status for gRPC. */
export function answerOwn(
  request: Inbound,
  responder: Responder,
  reason: Reason,
  { onAnswer }: Pick<Surroundings, "onAnswer">,
): void {
  onAnswer(reason);
  if (responder.headSent()) {
    responder.destroy();
    return;
  }
  const { status, text } = answers[reason];
  if (request.header("content-type")?.startsWith("application/grpc") === true && request.version === "2") {
    const grpc: HeaderList = [
      ["content-type", "application/grpc"],
      ["grpc-status", String(grpcStatus(status))],
      ["grpc-message", text],
    ];
    responder.head(200, [...grpc, [reasonHeader, reason]], true);
    return;
  }
  const body = `${text}\n`;
  responder.head(status, [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(body.length)],
    [reasonHeader, reason],
  ]);
  if (request.method !== "HEAD") responder.body.write(body);
  responder.end([]);
}

const idempotent = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

async function forward(
  request: Inbound,
  responder: Responder,
  { rule, backend, request: rewritten }: Forward,
  around: Surroundings,
): Promise<void> {
  const target = around.pools.get(backend.target);
  if (target === undefined || target.lives.length === 0) {
    answerOwn(request, responder, "no-endpoint", around);
    return;
  }
  target.load.total += 1;
  const out: Outbound = {
    method: request.method,
    ...rewritten,
    body: request.hasBody ? request.body : undefined,
    bodyComplete: request.complete,
    trailers: request.trailers,
    wantsTrailers: tokensOf(request.headers, "te").includes("trailers"),
    connectTimeoutMs: around.connectTimeoutMs,
    onInformational: (status, headers) => {
      try {
        responder.informational(status, endToEnd(headers));
      } catch (error) {
        // A hint that can't be passed on is not worth a request.
        if (!isUnwritable(error)) throw error;
      }
    },
  };
  const run = new Run(request, responder, around);
  responder.onClose((complete) => {
    run.close(complete);
  });
  run.limit(rule.timeouts.request);
  const { answer, reason } = await run.attempts(out, target, rule.timeouts.backendRequest);
  if (run.over) return;
  if (answer === undefined) {
    run.fail(reason, target);
    return;
  }
  try {
    responder.head(answer.status, answerHeaders(answer.headers, rule, backend), answer.empty);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    run.fail("bad-response", target);
    return;
  }
  relay(answer, request, responder);
}

/** Streams an answer to the client; whichever side breaks off, the other learns of it. */
function relay(answer: Answer, request: Inbound, responder: Responder): void {
  const { body } = answer;
  let ended = false;
  body.once("end", () => {
    ended = answer.complete();
    if (!ended) responder.destroy();
    else if (!answer.empty) responder.end(cleanTrailers(answer.trailers()));
    // Nobody reads the rest of a request that has been answered, so its connection can't be used again.
    if (!request.complete()) responder.onClose(() => request.body.destroy());
  });
  body.on("error", () => {
    responder.destroy();
  });
  body.once("close", () => {
    if (!ended) responder.destroy();
  });
  if (answer.empty) body.resume();
  else body.pipe(responder.body, { end: false });
}

/** One request on its way through attempts and time limits. */
class Run {
  readonly #request: Inbound;
  readonly #responder: Responder;
  readonly #around: Surroundings;
  #requestTimer: NodeJS.Timeout | undefined;
  #attemptTimer: NodeJS.Timeout | undefined;
  #attempt: Attempt | undefined;
  #finish: (() => void) | undefined;
  #timedOut = false;
  /** The client has its answer, or is gone: nothing more is to be done. */
  over = false;

  constructor(request: Inbound, responder: Responder, around: Surroundings) {
    this.#request = request;
    this.#responder = responder;
    this.#around = around;
  }

  /** Breaks off after so many milliseconds, before or amid the answer. */
  limit(ms: number | undefined): void {
    if (ms !== undefined) this.#requestTimer = this.#timer(ms);
  }

  #limitAttempt(ms: number | undefined): void {
    clearTimeout(this.#attemptTimer);
    if (ms !== undefined) this.#attemptTimer = this.#timer(ms);
  }

  #timer(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timedOut = true;
      this.#attempt?.cancel();
      if (this.#responder.headSent()) this.#responder.destroy();
    }, ms);
  }

  /** The client has everything, or is gone. */
  close(complete: boolean): void {
    this.over = true;
    clearTimeout(this.#requestTimer);
    clearTimeout(this.#attemptTimer);
    if (!complete || !this.#request.complete()) this.#attempt?.cancel();
    this.#finish?.();
  }

  fail(reason: Reason, { load }: LiveTarget): void {
    load.failed += 1;
    this.#finish?.();
    answerOwn(this.#request, this.#responder, this.#timedOut ? "timed-out" : reason, this.#around);
  }

  /** Tries endpoints until one answers. A request is only sent again when no backend can have acted on it, or when acting twice does no harm. */
  async attempts(
    out: Outbound,
    target: LiveTarget,
    limitMs: number | undefined,
  ): Promise<{ answer?: Answer; reason: Reason }> {
    const { pools, random } = this.#around;
    let choices = target.lives;
    let again: Live | undefined;
    let reason: Reason = "no-endpoint";
    for (let left = this.#around.attempts; left > 0; left--) {
      const live: Live | undefined = again ?? lessBusy(choices, (choice) => choice.inFlight, random);
      if (live === undefined) break;
      this.#finish = pools.begin(target, live);
      try {
        this.#attempt = live.send(out, again !== undefined);
        this.#limitAttempt(limitMs);
        return { answer: await this.#attempt.answer, reason };
      } catch (error) {
        this.#finish();
        if (isUnwritable(error)) return { reason: "bad-request" };
        if (!(error instanceof SendError)) throw error;
        reason = error.malformed
          ? "bad-response"
          : error.reached === "nothing"
            ? "connect-failed"
            : "connection-broken";
        const harmless =
          error.reached === "nothing" || (error.reached === "dead-connection" && idempotent.has(out.method));
        if (this.over || this.#timedOut || error.bodyRead || !harmless) break;
        again = error.reused ? live : undefined;
        choices = choices.filter((choice) => choice !== live);
      }
    }
    return { reason };
  }
}

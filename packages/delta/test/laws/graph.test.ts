import { describe, expect, test } from "vitest";
import { filter, flatMap, graph, groupBy, join, latest, leftJoin, map, union, window } from "@headgate/delta";
import type { Change, Graph, Input } from "@headgate/delta";

interface Fixture {
  readonly g: Graph;
  readonly numbers: Input<number>;
}

function fixture(): Fixture {
  const g = graph();
  return { g, numbers: g.input<number>({ name: "numbers" }) };
}

describe("L13: turns are in one total order, and each is all or nothing", () => {
  test("a turn whose writing throws leaves no trace, and the next turn starts clean", () => {
    const { g, numbers } = fixture();
    const write = (): void => {
      g.turn((turn) => {
        turn.set(numbers, "a", 1);
        throw new Error("changed my mind");
      }, 5);
    };
    expect(write).toThrow("changed my mind");
    expect([numbers.size, g.now]).toEqual([0, 0]);
    g.turn((turn) => {
      turn.set(numbers, "b", 2);
    });
    expect([...numbers.entries()]).toEqual([["b", 2]]);
  });

  test("what is written is not seen until the turn is over", () => {
    const { g, numbers } = fixture();
    const doubled = map(numbers, { name: "doubled", row: (n) => n * 2 });
    g.turn((turn) => {
      turn.set(numbers, "a", 1);
      expect(numbers.get("a")).toBeUndefined();
      expect(doubled.size).toBe(0);
    });
    expect(doubled.get("a")).toBe(2);
  });

  test("the last write to a key counts", () => {
    const { g, numbers } = fixture();
    const heard: Change<number>[] = [];
    numbers.subscribe((changes) => heard.push(...changes));
    g.turn((turn) => {
      turn.set(numbers, "a", 1);
      turn.delete(numbers, "a");
      turn.set(numbers, "a", 3);
      turn.set(numbers, "b", 3);
      turn.delete(numbers, "b");
    });
    expect(heard).toEqual([{ key: "a", before: undefined, after: 3 }]);
  });

  test("the hand that writes a turn does not write after it", () => {
    const { g, numbers } = fixture();
    let late = (): void => undefined;
    g.turn((turn) => {
      late = () => {
        turn.set(numbers, "a", 1);
      };
    });
    expect(late).toThrow("this turn is over");
    expect(() => {
      g.turn(() => {
        late();
      });
    }).toThrow("this turn is over");
    expect(numbers.size).toBe(0);
  });

  test("time does not go back, nor to what is no time", () => {
    const { g } = fixture();
    g.turn(() => undefined, 10);
    for (const wrong of [9, Number.NaN])
      expect(() => {
        g.turn(() => undefined, wrong);
      }).toThrow("time went back");
    g.turn(() => undefined);
    expect(g.now).toBe(10);
  });

  test("no turn starts and no operator is added within a turn or a listener", () => {
    const { g, numbers } = fixture();
    const again = (): void => {
      g.turn(() => undefined);
    };
    expect(() => {
      g.turn(again);
    }).toThrow("a turn cannot start during the writing of a turn");
    expect(() => {
      g.turn(() => map(numbers, { name: "late", row: (n) => n }));
    }).toThrow('"late" cannot be added');
    numbers.subscribe(again);
    const set = (): void => {
      g.turn((turn) => {
        turn.set(numbers, "a", 1);
      });
    };
    expect(set).toThrow("a turn cannot start during the calling of listeners");
    expect(numbers.get("a")).toBe(1);
  });

  test("undefined is no row, and what belongs to another graph is refused", () => {
    const { g, numbers } = fixture();
    const other = fixture();
    expect(() => {
      g.turn((turn) => {
        turn.set(numbers, "a", undefined as unknown as number);
      });
    }).toThrow("undefined");
    expect(() => {
      g.turn((turn) => {
        turn.set(other.numbers, "a", 1);
      });
    }).toThrow("no input of this graph");
    expect(() => union({ name: "both" }, { a: numbers, b: other.numbers })).toThrow("different graphs");
    expect(() => union({ name: "none" }, {})).toThrow("no source");
    expect(() => g.explain(other.numbers, "a")).toThrow("another graph");
  });
});

describe("L14: listeners hear of a turn once, when it is complete everywhere", () => {
  test("a listener sees every collection as after the turn", () => {
    const { g, numbers } = fixture();
    const seen: unknown[] = [];
    numbers.subscribe(() => seen.push(doubled.get("a")));
    const doubled = map(numbers, { name: "doubled", row: (n) => n * 2 });
    g.turn((turn) => {
      turn.set(numbers, "a", 1);
    });
    expect(seen).toEqual([2]);
  });

  test("a diamond changes once, and never shows a mix of before and after", () => {
    const { g, numbers } = fixture();
    const plus = map(numbers, { name: "plus", row: (n) => n + 1 });
    const key = (_: number, k: string): string => k;
    const diff = join(plus, numbers, {
      name: "diff",
      leftKey: key,
      rightKey: key,
      row: (l, r) => ({ diff: l - r, of: r }),
    });
    const heard: (readonly Change<unknown>[])[] = [];
    diff.subscribe((changes) => heard.push(changes));
    for (const n of [1, 2])
      g.turn((turn) => {
        turn.set(numbers, "a", n);
      });
    expect(heard).toEqual([
      [{ key: "a|a", before: undefined, after: { diff: 1, of: 1 } }],
      [{ key: "a|a", before: { diff: 1, of: 1 }, after: { diff: 1, of: 2 } }],
    ]);
  });

  test("a listener that throws neither undoes the turn nor silences the others", () => {
    const { g, numbers } = fixture();
    const heard: string[] = [];
    for (const name of ["one", "two"]) {
      numbers.subscribe(() => {
        heard.push(name);
        throw new Error(name);
      });
    }
    let failure: unknown;
    try {
      g.turn((turn) => {
        turn.set(numbers, "a", 1);
      });
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(AggregateError);
    expect([heard, numbers.get("a")]).toEqual([["one", "two"], 1]);
    g.turn(() => undefined);
  });

  test("unsubscribing ends one subscription, also of the same function", () => {
    const { g, numbers } = fixture();
    let heard = 0;
    const listener = (): void => {
      heard++;
    };
    const [first] = [numbers.subscribe(listener), numbers.subscribe(listener)];
    first();
    first();
    g.turn((turn) => {
      turn.set(numbers, "a", 1);
    });
    expect(heard).toBe(1);
  });
});

describe("L15: equality is explicit: a change between rows that are the same is none", () => {
  test("an operator's own `same` decides what downstream hears, and the row that was heard stays", () => {
    const { g, numbers } = fixture();
    const same = (a: { n: number }, b: { n: number }): boolean => Math.floor(a.n) === Math.floor(b.n);
    const key = (): string => "k";
    const boxed = { name: "boxed", same };
    const collections = [
      map(numbers, { ...boxed, row: (n) => ({ n }) }),
      flatMap(numbers, { ...boxed, rows: (n) => [["", { n }]] }),
      join(numbers, numbers, { ...boxed, leftKey: key, rightKey: key, row: (n) => ({ n }) }),
      leftJoin(numbers, numbers, { ...boxed, leftKey: key, rightKey: () => undefined, row: (n) => ({ n }) }),
      groupBy(numbers, { ...boxed, by: key, reduce: (rows) => ({ n: rows[0]![1] }) }),
    ];
    const heard: unknown[] = [];
    for (const collection of collections) collection.subscribe((changes) => heard.push(...changes));
    const set = (n: number): void => {
      g.turn((turn) => {
        turn.set(numbers, "a", n);
      });
    };
    set(1);
    expect(heard).toHaveLength(5);
    set(1.5);
    expect(heard).toHaveLength(5);
    for (const collection of collections) expect([...collection.entries()][0]![1]).toEqual({ n: 1 });
    set(2);
    expect(heard).toHaveLength(10);
  });
});

describe("operators refuse what is a bug", () => {
  test("one subKey twice, and undefined for a row", () => {
    const { g, numbers } = fixture();
    flatMap(numbers, {
      name: "twice",
      rows: (n) =>
        n > 0
          ? [
              ["x", n],
              ["x", n],
            ]
          : [],
    });
    map(numbers, { name: "gone", row: (n) => (n < 0 ? undefined : n) });
    expect(() => {
      g.turn((turn) => {
        turn.set(numbers, "a", 1);
      });
    }).toThrow('operator "twice" failed: two rows for key "x" of "a"');
    expect(() => {
      g.turn((turn) => {
        turn.set(numbers, "a", -1);
      });
    }).toThrow('operator "gone" failed');
    expect(numbers.size).toBe(0);
  });

  test("an operator that fails on the rows that are there already is not added", () => {
    const { g, numbers } = fixture();
    g.turn((turn) => {
      turn.set(numbers, "a", 1);
    });
    const add = (): unknown =>
      map(numbers, {
        name: "bad",
        row: () => {
          throw new Error("a bug");
        },
      });
    expect(add).toThrow('operator "bad" failed: a bug');
    g.turn((turn) => {
      turn.set(numbers, "a", 2);
    });
    expect(numbers.get("a")).toBe(2);
  });
});

describe("edges of time", () => {
  test("a row of no time is not kept, and one of infinite time stays and wakes nobody", () => {
    const { g, numbers } = fixture();
    const fresh = window(numbers, { name: "fresh", at: (n) => n, span: 10 });
    g.turn((turn) => {
      turn.set(numbers, "nan", Number.NaN);
      turn.set(numbers, "forever", Infinity);
      turn.set(numbers, "future", 1000);
    }, 1e6);
    expect([...fresh.entries()]).toEqual([["forever", Infinity]]);
    expect(g.nextWake()).toBeUndefined();
  });

  test("a thousand moves of one row leave one appointment", () => {
    const { g, numbers } = fixture();
    window(numbers, { name: "fresh", at: (n) => n, span: 10 });
    for (let n = 0; n < 1000; n++)
      g.turn((turn) => {
        turn.set(numbers, "a", n);
      });
    expect(g.nextWake()).toBe(1009);
    g.turn((turn) => {
      turn.delete(numbers, "a");
    });
    expect(g.nextWake()).toBeUndefined();
  });

  test("of rows without a time latest still picks the same one whatever the order", () => {
    const { g, numbers } = fixture();
    const newest = latest(numbers, { name: "newest", by: () => "all", at: (n) => n });
    g.turn((turn) => {
      turn.set(numbers, "b", Number.NaN);
      turn.set(numbers, "a", 1);
    });
    expect(newest.get("all")).toBe(1);
    g.turn((turn) => {
      turn.set(numbers, "a", Number.NaN);
    });
    expect(newest.get("all")).toBeNaN();
  });
});

test("filter narrows the type of its rows", () => {
  const g = graph();
  const mixed = g.input<string | number>({ name: "mixed" });
  const texts = filter(mixed, { name: "texts", where: (row): row is string => typeof row === "string" });
  const lengths = map(texts, { name: "lengths", row: (text) => text.length });
  g.turn((turn) => {
    turn.set(mixed, "a", "four");
    turn.set(mixed, "b", 4);
    // @ts-expect-error a row of another type than the input's
    turn.set(mixed, "c", false);
  });
  expect(lengths.get("a")).toBe(4);
});

describe("the time of operators", () => {
  test("is counted to the part that they were added in, and to no other", () => {
    let clock = 0;
    const g = graph({ elapsed: () => clock });
    const numbers = g.input<number>({ name: "numbers" });
    const slow = (ms: number) => (n: number) => {
      clock += ms;
      return n + 1;
    };
    const first = g.asPart("a", () => map(numbers, { name: "first", row: slow(3) }));
    g.asPart("b", () => map(first, { name: "second", row: slow(10) }));
    map(numbers, { name: "of none", row: slow(100) });
    g.turn((turn) => {
      turn.set(numbers, "x", 1);
      turn.set(numbers, "y", 1);
    });
    expect([...g.spent()]).toEqual([
      ["a", 6],
      ["b", 20],
    ]);
  });
});

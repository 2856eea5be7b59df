import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../../src/core/ports.ts";
import { Sources } from "../../../src/runtime/sources.ts";

const at = (timeNs: number, sensor = "eye"): Sample => ({
  kind: "values",
  sensor,
  timeNs,
  values: new Float64Array(1),
});

describe("the sources of a sensor", () => {
  it("are its own until somebody lends theirs, and again afterwards, by the stamps of the samples", () => {
    const sources = new Sources();
    expect(sources.hearsOwn(at(10))).toBe(true);
    expect(sources.hearsLent(at(11))).toBe(false);
    sources.change("eye", "page 1", 20);
    expect(sources.hearsOwn(at(19))).toBe(true); // measured before, and late
    expect(sources.hearsOwn(at(21))).toBe(false);
    expect(sources.hearsLent(at(20))).toBe(false);
    expect(sources.hearsLent(at(25))).toBe(true);
    expect(sources.hearsOwn(at(26, "joints"))).toBe(true);
    sources.change("eye", "", 30);
    expect(sources.hearsLent(at(31))).toBe(false);
    expect(sources.hearsOwn(at(30))).toBe(false); // measured while it was lent
    expect(sources.hearsOwn(at(31))).toBe(true);
  });

  it("never go back in time, whatever comes in whatever order", () => {
    const step = fc.record({
      what: fc.constantFrom("own", "lent", "change"),
      timeNs: fc.nat(60),
      lender: fc.constantFrom("page 1", "page 2", ""),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const sources = new Sources();
        sources.change("eye", "page 0", 0);
        const heardNs: number[] = [];
        let nowNs = 0;
        for (const { what, timeNs, lender } of steps) {
          if (what === "change") sources.change("eye", lender, (nowNs = Math.max(nowNs, timeNs)));
          else if (what === "own" ? sources.hearsOwn(at(timeNs)) : sources.hearsLent(at(timeNs)))
            heardNs.push(timeNs);
        }
        expect(heardNs).toEqual([...new Set(heardNs)].toSorted((a, b) => a - b));
      }),
    );
  });

  it("tell what nobody heard because somebody else was heard", () => {
    const sources = new Sources();
    sources.change("ears", "page 1", 20);
    sources.change("ears", "", 30);
    expect(sources.wasLent("ears", 0, 20)).toBe(false);
    expect(sources.wasLent("ears", 10, 21)).toBe(true);
    expect(sources.wasLent("ears", 29, 40)).toBe(true);
    expect(sources.wasLent("ears", 30, 40)).toBe(false);
  });
});

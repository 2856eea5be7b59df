// The decode file against the forward that training differentiates, for models of any shape and
// streams cut into any blocks.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { TokenModelConfig } from "../../../src/training/token-model.ts";
import {
  difference,
  randomIds,
  sequenceLogits,
  Stream,
  strongParameters,
} from "../../unit/training/fixture.ts";

const models = fc
  .record({
    layers: fc.integer({ min: 1, max: 3 }),
    keyValueHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    sinks: fc.integer({ min: 0, max: 5 }),
    window: fc.integer({ min: 1, max: 12 }),
    slots: fc.integer({ min: 1, max: 4 }),
    answers: fc.integer({ min: 1, max: 20 }),
    queryKeyNorm: fc.integer({ min: 0, max: 1 }),
  })
  .map(({ keyValueHeads, group, sinks, window, ...sizes }): TokenModelConfig => ({
    ...sizes,
    vocabulary: 20,
    width: keyValueHeads * group * 8,
    heads: keyValueHeads * group,
    keyValueHeads,
    feedForward: 12,
    context: sinks + window,
    sinks,
  }));
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

it("any model reads any stream, in any blocks, as training would have it read", async () => {
  await fc.assert(
    fc.asyncProperty(models, cuts, fc.nat(1000), async (config, sizes, seed) => {
      const parameters = strongParameters(config, seed);
      const ids = randomIds(60 * config.slots!, config.vocabulary, seed);
      const whole = await sequenceLogits(config, parameters, ids);
      const window = config.context - config.sinks!;
      const stream = await Stream.open(config, parameters, Math.min(9, window));
      const fitting = sizes.map((size) => Math.min(size, window)); // a longer block is refused
      const logits = await stream.readInBlocks(ids, fitting);
      expect(difference(logits, whole)).toBeLessThan(1e-3);
    }),
    { numRuns: 40 },
  );
});

// The bins of a range of plain numbers (heat, distance, touch, joints), from its own parameters.
import { VocabularyError } from "../core/errors.ts";
import { type Bins, quantileBins, uniformBins } from "./bins.ts";
import { muLawBins } from "./mu-law.ts";
import { numberIn, numbersIn, type Parametrised } from "./parameters.ts";

/** @throws VocabularyError when the range's codec is none of uniform, mulaw and quantile. */
export const scalarBinsOf = (range: Parametrised & { readonly codec: string }): Bins => {
  const [low = 0, high = 1] = numbersIn(range, "range");
  switch (range.codec) {
    case "uniform":
      return uniformBins(low, high, numberIn(range, "levels"));
    case "mulaw":
      return muLawBins(low, high, numberIn(range, "levels"), numberIn(range, "mu"));
    case "quantile":
      return quantileBins(numbersIn(range, "edges"), low, high);
    default:
      throw new VocabularyError(
        `range "${range.name}" of the vocabulary has the codec "${range.codec}", expected uniform, ` +
          "mulaw or quantile; build the vocabulary again from robot.yaml",
      );
  }
};

// What a person reads for an id: "raise_left_hand", "pace.fast", "<microphone>", "heat 37.1" ...
import { namesIn, numberIn, numbersIn } from "./parameters.ts";
import { f0HzOf, readProsody } from "./prosody.ts";
import { scalarBinsOf } from "./scalar-bins.ts";
import type { RangeDraft } from "./sensor-ranges.ts";

const SLOPES = ["falling", "level", "rising"] as const;

/** Label of the id at `local` in a range. */
export const labelOf = (range: RangeDraft, local: number): string => {
  switch (range.codec) {
    case "names": {
      const name = namesIn(range)[local]!;
      if (range.modality === "special") return `<${name}>`;
      return range.name === "pace" ? `pace.${name}` : name;
    }
    case "dct": {
      // One level means another angle at each coefficient, so the share of its scale is told.
      const half = (numberIn(range, "levels") - 1) / 2;
      const percent = Math.round(((local - half) / half) * 100);
      return `motion ${percent < 0 ? "" : "+"}${percent}%`;
    }
    case "bins":
      return `motion ${rounded(scalarBinsOf({ ...range, codec: "uniform" }).decode(local))}°`;
    case "prosody": {
      const { f0, energy, slope } = readProsody(local);
      const pitch = f0 === 0 ? "unvoiced" : `${Math.round(f0HzOf(f0))}Hz ${SLOPES[slope]}`;
      return `${range.name} ${pitch} e${energy}`;
    }
    case "uniform":
    case "mulaw":
    case "quantile":
      return `${range.name} ${rounded(scalarBinsOf(range).decode(local))}`;
    case "places": {
      const [columns = 1] = numbersIn(range, "levels");
      return `${range.name} ${local % columns},${Math.floor(local / columns)}`;
    }
    default: {
      const codes = range.size / numberIn(range, "codes"); // that one position can take
      return `${range.name} ${Math.floor(local / codes)}.${local % codes}`;
    }
  }
};

const rounded = (value: number): string => String(Number(value.toPrecision(3)));

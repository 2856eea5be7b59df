// Reads a whole number from the command line; commander puts the option's name before the complaint.
import { InvalidArgumentError } from "commander";

/** A parser of whole numbers from `least` to `most`, written in digits alone. */
export const wholeNumber =
  (least: number, most = Infinity) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `found ${text}; write a whole number, ${least} ${most < Infinity ? `to ${most}` : "or more"}.`,
      );
    return value;
  };

// The weights of a token policy that efference train wrote: to go on from, or to write for more streams.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolicyError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";
import type { NamedTensor } from "../training/checkpoint.ts";
import { readWeights } from "../training/onnx-reader.ts";
import { parameterShapes, tokenModel, type TokenModelConfig } from "../training/token-model.ts";

export interface TrainedModel {
  readonly model: TokenModelConfig;
  readonly parameters: ReadonlyMap<string, NamedTensor>;
}

/** @throws PolicyError for a file that doesn't hold the model of its card */
export const readTrainedModel = async (
  folder: string,
  card: Pick<PolicyCard, "model">,
): Promise<TrainedModel> => {
  const { parameters: _, ...sizes } = card.model;
  const model = sizes as unknown as TokenModelConfig;
  const file = join(folder, "policy.onnx");
  const weights = readWeights(await readFile(file), file);
  const parameters = new Map<string, NamedTensor>();
  for (const [part, dims] of parameterShapes(tokenModel(model))) {
    const found = weights.get(part);
    if (found === undefined || found.dims.join() !== dims.join())
      throw new PolicyError(
        `${file}: expected ${part} [${dims.join(", ")}], found ${found ? `[${found.dims.join(", ")}]` : "none"}; take a policy that efference train wrote`,
      );
    parameters.set(part, found);
  }
  return { model, parameters };
};

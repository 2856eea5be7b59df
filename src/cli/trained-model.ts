// The weights of a token policy that efference train wrote: to go on from, or to write for more streams.
import { join } from "node:path";
import { PolicyError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";
import { readModel } from "../policy/policy-folder.ts";
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
  card: Pick<PolicyCard, "model" | "sha256">,
): Promise<TrainedModel> => {
  const { parameters: _, ...sizes } = card.model;
  const model = sizes as unknown as TokenModelConfig;
  const file = join(folder, "policy.onnx");
  const weights = readWeights(await readModel(folder, card), file);
  const parameters = new Map<string, NamedTensor>();
  for (const [part, dims] of shapesOf(model, folder)) {
    const found = weights.get(part);
    if (found === undefined || found.dims.join() !== dims.join())
      throw new PolicyError(
        `${file}: expected ${part} [${dims.join(", ")}], found ${found ? `[${found.dims.join(", ")}]` : "none"}; take a policy that efference train wrote`,
      );
    parameters.set(part, found);
  }
  return { model, parameters };
};

const shapesOf = (model: TokenModelConfig, folder: string): ReturnType<typeof parameterShapes> => {
  try {
    return parameterShapes(tokenModel(model));
  } catch (error) {
    throw new PolicyError(
      `${folder}: its card describes no model of ours (${(error as Error).message}); take a policy that efference train wrote`,
      { cause: error },
    );
  }
};

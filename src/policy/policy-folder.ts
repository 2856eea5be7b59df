// A policy folder: policy.onnx and the card that says what it is.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolicyError } from "../core/errors.ts";
import { type PolicyCard, policyCardSchema } from "../core/policy-card.ts";

/** @throws PolicyError for a card that can't be read, or a model that is not the card's. */
export const readCard = async (folder: string): Promise<PolicyCard> => {
  const file = join(folder, "card.json");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new PolicyError(`found no policy in ${folder}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new PolicyError(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = policyCardSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PolicyError(
    `${file}: ${issue?.path.join(".")}: ${issue?.message}; train or copy the policy again`,
  );
};

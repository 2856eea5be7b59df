// A policy folder: policy.onnx and the card that says what it is.
import { createHash } from "node:crypto";
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

/** The bytes of a policy's model. @throws PolicyError where they are missing, or not those of the card */
export const readModel = async (
  folder: string,
  card: Pick<PolicyCard, "sha256">,
): Promise<Buffer> => {
  const file = join(folder, "policy.onnx");
  const bytes = await readFile(file).catch((error: Error) => {
    throw new PolicyError(`${file} can't be read (${error.message}); copy the whole folder again`, {
      cause: error,
    });
  });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 === card.sha256) return bytes;
  throw new PolicyError(
    `${file} has the SHA-256 ${sha256}, its card says ${card.sha256}: copy the whole folder again`,
  );
};

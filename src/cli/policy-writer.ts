// Writes a policy folder: the model, its card, and how its training went. Under another name first,
// then renamed: a policy is there whole or not at all.
import { createHash } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { PolicyError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";

export interface PolicyFiles {
  readonly folder: string;
  readonly onnx: Uint8Array;
  /** All of the card that does not follow from the files. */
  readonly card: Omit<PolicyCard, "format" | "name" | "sha256">;
  /** HTML. */
  readonly report?: string;
}

/** Resolves to the SHA-256 of policy.onnx, hex. @throws PolicyError where it can't be written */
export const writePolicy = async ({ folder, onnx, card, report }: PolicyFiles): Promise<string> => {
  const sha256 = createHash("sha256").update(onnx).digest("hex");
  const own = { format: 1, name: basename(folder), sha256 } as const;
  const whole: PolicyCard = { ...own, ...card, ...own }; // first in the file, and never another policy's
  const draft = `${folder}.part`;
  const removeDraft = (): Promise<void> => rm(draft, { recursive: true, force: true });
  try {
    await removeDraft();
    await mkdir(draft, { recursive: true });
    await writeFile(join(draft, "policy.onnx"), onnx);
    await writeFile(join(draft, "card.json"), `${JSON.stringify(whole, undefined, 2)}\n`);
    if (report !== undefined) await writeFile(join(draft, "training.html"), report);
    await rename(draft, folder);
  } catch (error) {
    await removeDraft().catch(() => {}); // what could not be written is what is told
    throw new PolicyError(
      `the policy can't be written to ${folder} (${(error as Error).message}); make room there, or name another folder`,
      { cause: error },
    );
  }
  return sha256;
};

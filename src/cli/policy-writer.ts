// Writes a policy folder: the model, its card, and how its training went. Under another name first,
// then renamed: a policy is there whole or not at all.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { PolicyCard } from "../core/policy-card.ts";
import { makeWhole } from "../session/draft.ts";

export interface PolicyFiles {
  readonly folder: string;
  readonly onnx: Uint8Array;
  /** All of the card that does not follow from the files. */
  readonly card: Omit<PolicyCard, "format" | "name" | "sha256">;
  /** HTML. */
  readonly report?: string;
}

/** Resolves to the SHA-256 of policy.onnx, hex. @throws SessionError where it can't be written */
export const writePolicy = async ({ folder, onnx, card, report }: PolicyFiles): Promise<string> => {
  const sha256 = createHash("sha256").update(onnx).digest("hex");
  const own = { format: 1, name: basename(folder), sha256 } as const;
  const whole: PolicyCard = { ...own, ...card, ...own }; // first in the file, and never another policy's
  await makeWhole(folder, async (draft) => {
    await mkdir(draft);
    await writeFile(join(draft, "policy.onnx"), onnx);
    await writeFile(join(draft, "card.json"), `${JSON.stringify(whole, undefined, 2)}\n`);
    if (report !== undefined) await writeFile(join(draft, "training.html"), report);
  });
  return sha256;
};

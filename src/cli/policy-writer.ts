// Writes a policy folder: the model, its card, and how its training went. Under another name first,
// then renamed: a policy is there whole or not at all. What took an hour to learn is not lost to a full disk:
// it goes among the system's temporary files then.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { SessionError } from "../core/errors.ts";
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

/** Resolves to the SHA-256 of policy.onnx, hex. @throws SessionError where it can't be written, which says where it is instead */
export const writePolicy = async (files: PolicyFiles): Promise<string> => {
  try {
    return await write(files);
  } catch (error) {
    const elsewhere = await writeElsewhere(files).catch(() => undefined);
    if (elsewhere === undefined) throw error;
    throw new SessionError(
      `${(error as Error).message}. The policy is in ${elsewhere} for now: move it where it should be`,
      { cause: error },
    );
  }
};

const writeElsewhere = async (files: PolicyFiles): Promise<string> => {
  const folder = join(await mkdtemp(join(tmpdir(), "efference-")), basename(files.folder));
  await write({ ...files, folder });
  return folder;
};

const write = async ({ folder, onnx, card, report }: PolicyFiles): Promise<string> => {
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

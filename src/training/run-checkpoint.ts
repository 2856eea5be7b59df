// A run on disk, so that one that was broken off goes on as if it had not been: the trainer's state,
// and the best parameters so far with the curve that led there.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PolicyError } from "../core/errors.ts";
import { type NamedTensor, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import type { Learner } from "./learner.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";

/** How a model does on what is held out. */
export interface Look {
  /** Weighted mean. */
  readonly loss: number;
  /** Share of the learned tokens that were the likeliest, or of the gates that were right. */
  readonly accuracy: number;
}

/** A look on the way. */
export interface CurvePoint {
  readonly step: number;
  /** Mean loss of the steps since the look before. */
  readonly train: number;
  readonly heldOut: number;
  readonly accuracy: number;
}

export interface RunProgress {
  readonly seconds: number;
  /** Looks since the best one. */
  readonly sinceBest: number;
  readonly curve: CurvePoint[];
}

interface Best {
  readonly look: Look;
  readonly parameters: ReadonlyMap<string, NamedTensor>;
}

export class RunCheckpoint {
  readonly best: Best | undefined;
  readonly progress: RunProgress | undefined;
  readonly #folder: string;

  /** What is in a folder, or what will be. */
  static async open(folder: string): Promise<RunCheckpoint> {
    await mkdir(folder, { recursive: true });
    const file = join(folder, "best.safetensors");
    return new RunCheckpoint(folder, existsSync(file) ? await readCheckpoint(file) : undefined);
  }

  private constructor(
    folder: string,
    saved: Awaited<ReturnType<typeof readCheckpoint>> | undefined,
  ) {
    this.#folder = folder;
    if (saved === undefined) return;
    const { look, ...progress } = saved.note as RunProgress & { look: Look };
    this.best = { look, parameters: saved.tensors };
    this.progress = progress;
  }

  get exists(): boolean {
    return this.progress !== undefined;
  }

  /** @throws PolicyError where the run on disk was begun with other options */
  async resume<B>(learner: Learner<B>, options: TrainerOptions): Promise<Trainer<B>> {
    const trainer = await Trainer.resume<B, unknown>(this.#state, () => learner);
    for (const [name, wanted] of Object.entries(options)) {
      const found = trainer.options[name as keyof TrainerOptions];
      if (JSON.stringify(found) === JSON.stringify(wanted)) continue;
      await trainer.close();
      throw new PolicyError(
        `the run in ${this.#folder} was begun with ${name} ${JSON.stringify(found)}, found ${JSON.stringify(wanted)}; give it the same options, or another --checkpoint`,
      );
    }
    return trainer;
  }

  async save<B>(trainer: Trainer<B>, best: Best, progress: RunProgress): Promise<void> {
    await trainer.save(this.#state);
    const file = join(this.#folder, "best.safetensors");
    await writeCheckpoint(file, best.parameters, { ...progress, look: best.look });
  }

  get #state(): string {
    return join(this.#folder, "state.safetensors");
  }
}

// A run on disk, so that one that was broken off goes on as if it had not been: the trainer's state,
// and the best parameters so far with the curve that led there.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PolicyError } from "../core/errors.ts";
import { type NamedTensor, readCheckpoint } from "./checkpoint.ts";
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
  /** Steps since the last look, and the sum of their losses. */
  readonly since: number;
  readonly recent: number;
}

export interface Best {
  readonly look: Look;
  readonly parameters: ReadonlyMap<string, NamedTensor>;
}

/** What of a run the trainer knows nothing of. */
interface Beside extends RunProgress {
  readonly look?: Look;
  readonly lessons: string;
}

interface Note {
  readonly options: TrainerOptions;
  readonly beside: Beside;
}

const BEST = "best.";

export class RunCheckpoint {
  readonly best: Best | undefined;
  readonly progress: RunProgress | undefined;
  readonly #folder: string;
  readonly #lessons: string;
  readonly #begun: Note | undefined;

  /** What is in a folder, or what will be. `lessons` stands for all that is learned from and started from. */
  static async open(folder: string, lessons: string): Promise<RunCheckpoint> {
    await mkdir(folder, { recursive: true });
    const file = fileIn(folder);
    return new RunCheckpoint(
      folder,
      lessons,
      existsSync(file) ? await readCheckpoint(file) : undefined,
    );
  }

  private constructor(
    folder: string,
    lessons: string,
    saved: Awaited<ReturnType<typeof readCheckpoint>> | undefined,
  ) {
    this.#folder = folder;
    this.#lessons = lessons;
    if (saved === undefined) return;
    this.#begun = saved.note as Note;
    const { look, lessons: _, ...progress } = this.#begun.beside;
    const best = [...saved.tensors].filter(([name]) => name.startsWith(BEST));
    const parameters = best.map(([name, tensor]) => [name.slice(BEST.length), tensor] as const);
    if (look) this.best = { look, parameters: new Map(parameters) };
    this.progress = progress;
  }

  get exists(): boolean {
    return this.progress !== undefined;
  }

  /** @throws PolicyError where the run on disk was begun with other options, or other lessons */
  async resume<B>(learner: Learner<B>, options: TrainerOptions): Promise<Trainer<B>> {
    for (const [name, wanted] of Object.entries(options)) {
      const found = this.#begun?.options[name as keyof TrainerOptions];
      if (JSON.stringify(found) !== JSON.stringify(wanted))
        throw new PolicyError(
          `the run in ${this.#folder} was begun with ${name} ${JSON.stringify(found)}, found ${JSON.stringify(wanted)}; give it the same options, or another --checkpoint`,
        );
    }
    if (this.#begun?.beside.lessons !== this.#lessons)
      throw new PolicyError(
        `the run in ${this.#folder} learned from other lessons: its model, sessions, recordings, hearings, or what it went on from have changed; give it the same, or another --checkpoint`,
      );
    return Trainer.resume<B, unknown>(fileIn(this.#folder), () => learner);
  }

  /** One file, so that whenever the process is killed the state and the best of it belong together. */
  async save<B>(trainer: Trainer<B>, best: Best | undefined, progress: RunProgress): Promise<void> {
    const parameters = [...(best?.parameters ?? [])];
    const tensors = parameters.map(([name, tensor]) => [BEST + name, tensor] as const);
    const note: Beside = { ...progress, ...(best && { look: best.look }), lessons: this.#lessons };
    await trainer.save(fileIn(this.#folder), { tensors: new Map(tensors), note });
  }
}

const fileIn = (folder: string): string => join(folder, "run.safetensors");

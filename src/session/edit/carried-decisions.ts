// What `efference curate` decided about episodes goes with them into the sessions that are made of them. Of a
// corrected policy only the corrections are a lesson: where the others of its episodes are now by themselves, that
// must be said, and they lie in the bin.
import type { Decision } from "../../core/curation-log.ts";
import { basename, dirname } from "node:path";
import { Curation } from "../curation/curation.ts";
import { isCorrected, type Piece, shiftsOf } from "./source.ts";

/** One of the sessions that were made. */
export interface Made {
  /** The file's name. */
  readonly session: string;
  readonly pieces: readonly Piece[];
  /** Its episodes have the numbers that they had, instead of new ones from 0 on. */
  readonly keepsNumbers?: boolean;
}

export interface Carried {
  /** Episodes about which something was decided. */
  readonly decisions: number;
  /** Episodes that went into the bin, since the policy drove all of them. */
  readonly uncorrected: number;
}

/** Writes the decisions into the curation.json of `folder`, in one step that `does` names. */
export const carryDecisions = async (
  folder: string,
  made: readonly Made[],
  does: string,
): Promise<Carried> => {
  const sources = new Map<string, Curation>();
  for (const { source } of made.flatMap(({ pieces }) => pieces)) {
    const from = dirname(source.reader.path);
    if (!sources.has(from)) sources.set(from, await Curation.open(from));
  }
  const curation = await Curation.open(folder);
  const decisions: Decision[] = [];
  let uncorrected = 0;
  for (const { session, pieces, keepsNumbers } of made) {
    const shifts = shiftsOf(pieces);
    const holdsCorrections = isCorrected(pieces.flatMap(({ episodes }) => episodes));
    let next = 0;
    for (const [at, { source, episodes }] of pieces.entries())
      for (const { index } of episodes) {
        const { path } = source.reader;
        const was = sources
          .get(dirname(path))!
          .decision({ session: basename(path), episode: index });
        const isLeft = source.isCorrected && !holdsCorrections;
        if (isLeft) uncorrected++;
        const kept = was.keptNs?.map((ns) => ns + shifts[at]!) as [number, number] | undefined;
        const { keptNs: _, ...rest } = was;
        const decision = {
          ...rest,
          session,
          episode: keepsNumbers ? index : next++,
          deleted: was.deleted || isLeft,
          ...(kept && { keptNs: kept }),
        };
        if (isDecided(decision) || isDecided(curation.decision(decision))) decisions.push(decision);
      }
  }
  await curation.adopt(does, decisions);
  return { decisions: decisions.length - uncorrected, uncorrected };
};

const isDecided = ({ deleted, keptNs, weight }: Decision): boolean =>
  deleted || keptNs !== undefined || weight !== 1;

// Where the ids of actions lie in a vocabulary: what the grammar, the reader and the writer of
// phrases have in common.
import { VocabularyError } from "../core/errors.ts";
import type { RobotDescription } from "../core/robot.ts";
import { motionCodecOf } from "./motion-codec.ts";
import { namesIn } from "./parameters.ts";
import { rangeNamed, type TokenRange, type Vocabulary } from "./vocabulary.ts";

export interface LimbIds {
  readonly limb: string;
  readonly marker: number;
  /** The most motion ids that one phrase of the limb takes. */
  readonly maxTokens: number;
}

export class ActionIds {
  readonly act: TokenRange;
  readonly pace: TokenRange;
  readonly motion: TokenRange;
  readonly acts: readonly string[];
  readonly paces: readonly string[];
  readonly limbs: readonly LimbIds[];

  /** @throws VocabularyError when the vocabulary was not built for this robot's limbs. */
  constructor(robot: RobotDescription, v: Vocabulary) {
    this.act = rangeNamed(v, "act");
    this.pace = rangeNamed(v, "pace");
    this.motion = rangeNamed(v, "motion");
    this.acts = namesIn(this.act);
    this.paces = namesIn(this.pace);
    const marker = rangeNamed(v, "marker");
    const markers = namesIn(marker);
    const codec = motionCodecOf(robot);
    this.limbs = Object.entries(robot.limbs).map(([limb, servos]) => ({
      limb,
      marker: marker.start + indexOf(markers, `motion.${limb}`, "marker"),
      maxTokens: codec.maxTokens(servos.length),
    }));
  }

  /** The limb a marker opens a motion of, if it is one. */
  limbOf(marker: number): LimbIds | undefined {
    for (const limb of this.limbs) if (limb.marker === marker) return limb;
    return undefined;
  }
}

/** The marker of what the robot did itself, the efference copy. */
export const selfMarker = (v: Vocabulary): number => {
  const marker = rangeNamed(v, "marker");
  return marker.start + indexOf(namesIn(marker), "self", "marker");
};

export const inRange = (range: TokenRange, id: number): boolean =>
  id >= range.start && id < range.start + range.size;

/** @throws VocabularyError that lists the known names. */
export const indexOf = (names: readonly string[], name: string, what: string): number => {
  const index = names.indexOf(name);
  if (index >= 0) return index;
  throw new VocabularyError(
    `the vocabulary has no ${what} "${name}"; expected one of ${names.join(", ")}`,
  );
};

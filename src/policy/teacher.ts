// Teachers: scripted experts behind the policy port. "teacher:obey+flinch" joins skills; what comes
// first in the name speaks first. They emit the same action tokens that a model emits.
import { PolicyError } from "../core/errors.ts";
import type { Cue, Observation, Oracle, Policy } from "../core/ports.ts";
import type { Robot } from "../core/robot.ts";
import { motionCodecOf } from "../tokens/motion-codec.ts";
import { PhraseWriter } from "../tokens/phrases.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { Flinch, withdrawalsOf } from "./teachers/flinch.ts";
import { Obey } from "./teachers/obey.ts";
import { Reach } from "./teachers/reach.ts";
import { Senses } from "./teachers/senses.ts";
import type { Lesson, Skill } from "./teachers/skill.ts";
import { Track } from "./teachers/track.ts";

export interface TeacherOptions {
  /** "teacher:" and one or more skills joined by "+". */
  readonly name: string;
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly cues?: readonly Cue[];
  readonly oracle?: Oracle | undefined;
}

const SKILLS: Readonly<Record<string, (lesson: Lesson, cues: readonly Cue[]) => Skill>> = {
  obey: ({ robot }, cues) => new Obey(robot, cues),
  flinch: ({ robot }) => new Flinch(robot),
  track: (lesson) => new Track(lesson),
  reach: (lesson) => new Reach(lesson),
};

export const TEACHERS: readonly string[] = Object.keys(SKILLS).map((skill) => `teacher:${skill}`);

/**
 * The skills in a teacher's name.
 * @throws PolicyError for one that no teacher has
 */
export const skillsOf = (name: string): string[] => {
  const skills = name.replace(/^teacher:/, "").split("+");
  for (const skill of skills)
    if (!Object.hasOwn(SKILLS, skill))
      throw new PolicyError(
        `no teacher knows "${skill}" (in ${name}); the teachers are ${TEACHERS.join(", ")}, and + joins them (teacher:obey+flinch)`,
      );
  return skills;
};

/** Nobody has anything to show a robot. */
export class NoTeacherError extends PolicyError {}

/**
 * The teacher of all that a robot can learn, by what it hears, feels and sees: it does the right
 * thing in the scene of every task, so that one model can learn from all of them. Where no world tells it where
 * things are, it does not reach.
 * @throws NoTeacherError where a robot has nothing that a teacher would answer
 */
export const defaultTeacher = (robot: Robot, knowsWorld = true): string => {
  const has = (kind: string): boolean => robot.sensors.some((sensor) => sensor.kind === kind);
  const limbs = Object.values(robot.limbs);
  const can: Readonly<Record<string, boolean>> = {
    obey: has("microphone"),
    flinch: withdrawalsOf(robot).size > 0,
    track: has("camera") && limbs.some((l) => l.includes("pan") && l.includes("tilt")),
    reach: knowsWorld && has("camera") && limbs.some((l) => l.length >= 3),
  };
  const skills = Object.keys(can).filter((skill) => can[skill]);
  if (skills.length === 0)
    throw new NoTeacherError(
      `no teacher knows what ${robot.name} should do: it has no microphone, no heat sensor with an act that answers it (heat: withdraw), and no camera that a head of pan and tilt could turn; name a --policy, or drive it: efference teleoperate`,
    );
  return `teacher:${skills.join("+")}`;
};

export class Teacher implements Policy {
  readonly name: string;
  readonly #skills: readonly Skill[];
  readonly #senses: Senses;
  readonly #robot: Robot;
  readonly #vocabulary: Vocabulary;

  constructor({ name, robot, vocabulary, cues = [], oracle }: TeacherOptions) {
    this.name = name;
    this.#robot = robot;
    this.#vocabulary = vocabulary;
    this.#senses = new Senses(robot, vocabulary);
    const lesson: Lesson = { robot, codec: motionCodecOf(robot), oracle };
    this.#skills = skillsOf(name).map((skill) => SKILLS[skill]!(lesson, cues));
  }

  async step(observation: Observation): Promise<Int32Array> {
    const phrases = new PhraseWriter(this.#robot, this.#vocabulary);
    this.#senses.take(observation);
    for (const skill of this.#skills)
      if (!skill.yields || (phrases.isEmpty && !this.#senses.isBusy))
        await skill.act(this.#senses, phrases);
    return phrases.end();
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

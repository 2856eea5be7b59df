// What a model reads at one place of its stream: a chord, the tokens that belong together, told at once. A
// picture is a chord, a stack of sound, a reading; each token that the model says is one by itself. The
// embedding of a chord is the sum of its notes', as codec language models sum the codebooks of a step
// (Copet et al. 2023, "Simple and Controllable Music Generation"), so a second of a robot's life takes
// some 25 places instead of 150.
//
// A note is a row of the embedding table. A token sounds as one note or a few: the digits of a quantised
// code, each by itself, since codes that share a digit mean something alike; and bound to where it stands
// (which servo, which patch, which hand), since a sum forgets the order of its parts.
import type { RobotDescription } from "../core/robot.ts";
import { ActionIds, inRange } from "./action-ids.ts";
import { namesIn } from "./parameters.ts";
import { BEGIN, END, rangeNamed, type TokenRange, type Vocabulary } from "./vocabulary.ts";

/** A run of notes for the levels of one digit: near levels mean something alike, unless they are names. */
export interface Dial {
  readonly start: number;
  readonly levels: number;
  readonly isNamed: boolean;
}

/** The note that is in every chord with fewer notes than there is room for. */
export const REST_NOTE = 0;

/** Levels of a bin's digits, fastest first: 256 bins are 16 x 16. */
const LONGEST_DIAL = 16;

const isNamed = ({ codec }: TokenRange): boolean => codec === "names" || codec === "places";

const digitsOf = (range: TokenRange): readonly number[] => {
  const { codec, size, parameters } = range;
  const { levels } = parameters;
  if (isNamed(range)) return [size];
  if (Array.isArray(levels)) return levels as number[];
  if (codec === "prosody") {
    const energies = (parameters["energyEdges"] as number[]).length + 1;
    const pitches = parameters["f0Bins"] as number;
    return [size / energies / pitches, energies, pitches];
  }
  return size > 4 * LONGEST_DIAL ? [LONGEST_DIAL, Math.ceil(size / LONGEST_DIAL)] : [size];
};

/** The notes of a range at one standing; `code` counts from the start of its digits. */
class Keys {
  readonly #dials: readonly Dial[];

  constructor(dials: readonly Dial[]) {
    this.#dials = dials;
  }

  press(code: number, chord: number[]): void {
    let rest = code;
    for (const { start, levels } of this.#dials) {
      chord.push(start + (rest % levels));
      rest = Math.floor(rest / levels);
    }
  }
}

type Listener = (chord: Int32Array) => void;
/** Tells the chords of a frame's ids, marker first. */
type FrameReader = (ids: Int32Array, tell: Listener) => void;

export class Chords {
  /** Dials in the order of their notes; the first is the rest's. */
  readonly dials: readonly Dial[];
  /** Notes there are. */
  readonly notes: number;
  /** The most notes of a chord. */
  readonly slots: number;
  /** Joins the last chord before an answer is asked for. */
  readonly asked: number;
  readonly #firstMarker: number;
  readonly #frames: readonly FrameReader[]; // in the order of the markers
  readonly #ids: ActionIds;
  readonly #special: Keys;
  readonly #marker: Keys;
  readonly #act: Keys;
  readonly #pace: Keys;
  readonly #motions: readonly (readonly Keys[])[]; // [limb][place in its phrase]

  /** @throws VocabularyError when the vocabulary was not built for this robot. */
  constructor(robot: RobotDescription, v: Vocabulary) {
    const dials: Dial[] = [];
    let notes = 0;
    const dial = (levels: number, named: boolean): Dial => {
      const made = { start: notes, levels, isNamed: named };
      dials.push(made);
      notes += levels;
      return made;
    };
    const keys = (range: TokenRange): Keys =>
      new Keys(digitsOf(range).map((levels) => dial(levels, isNamed(range))));
    dial(1, true); // REST_NOTE
    this.asked = dial(1, true).start;
    this.#ids = new ActionIds(robot, v);
    const marker = rangeNamed(v, "marker");
    this.#firstMarker = marker.start;
    this.#special = keys(rangeNamed(v, "special"));
    this.#marker = keys(marker);
    this.#act = keys(this.#ids.act);
    this.#pace = keys(this.#ids.pace);
    this.#motions = this.#ids.limbs.map(({ maxTokens }) =>
      Array.from({ length: maxTokens }, () => keys(this.#ids.motion)),
    );
    const longest = Math.max(...this.#ids.limbs.map(({ maxTokens }) => maxTokens));
    let slots = 0;
    const framed = (most: number, reader: FrameReader): FrameReader => {
      slots = Math.max(slots, 2 + most); // its marker and, maybe, `asked`
      return reader;
    };
    this.#frames = namesIn(marker).map((name, index) => {
      const sensor = robot.sensors.find((each) => each.name === name);
      if (sensor === undefined)
        return framed(1 + longest * digitsOf(this.#ids.motion).length, (ids, tell) =>
          this.#own(ids, tell),
        );
      const ranges = v.ranges.filter(
        (range) => "sensors" in range.parameters && namesIn(range, "sensors").includes(name),
      );
      // By their codecs: where sensors share one range and not the other they come in any order.
      const rangeOf = (codec: string): TokenRange => ranges.find((r) => r.codec === codec)!;
      if (sensor.kind === "microphone") {
        const [voice, prosody] = [rangeOf("dct-fsq"), rangeOf("prosody")];
        const { codes } = sensor.codec;
        const slotsOf = codes * digitsOf(voice).length + digitsOf(prosody).length;
        const codeKeys = Array.from({ length: codes }, () => keys(voice));
        return framed(slotsOf, this.#sound(index, voice, codeKeys, prosody, keys(prosody)));
      }
      if (sensor.kind === "camera") {
        const [image, place] = [rangeOf("patches"), rangeOf("places")];
        const { codes } = sensor.codec;
        const patches = Array.from({ length: place.size }, () =>
          Array.from({ length: codes }, () => keys(image)),
        );
        const slotsOf = place.size * codes * digitsOf(image).length;
        return framed(slotsOf, this.#picture(index, image, place, patches));
      }
      const [range] = ranges as [TokenRange];
      const count = sensor.kind === "joints" ? robot.servos.length : 1;
      const values = Array.from({ length: count }, () => keys(range));
      return framed(count * digitsOf(range).length, this.#values(index, range, values));
    });
    this.dials = dials;
    this.notes = notes;
    this.slots = slots;
  }

  /** The chord with which every stream begins. */
  begin(): Int32Array {
    return this.#chord((chord) => this.#special.press(BEGIN, chord));
  }

  /** Tells the chords of a frame, in their order. Total: an id that has no place in it is silent. */
  frame(ids: Int32Array, tell: Listener): void {
    const read = this.#frames[(ids[0] ?? -1) - this.#firstMarker];
    if (read) read(ids, tell);
  }

  /**
   * Tells the chords of an answer, an id each; ids from `from` on, where what stands before is known
   * already. Total, as {@link frame}.
   */
  answer(ids: ArrayLike<number>, from: number, tell: Listener): void {
    let [limb, place] = [-1, 0];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const { act, pace, motion, limbs } = this.#ids;
      const opened = limbs.findIndex(({ marker }) => marker === id);
      if (opened >= 0) [limb, place] = [opened, 0];
      const isMotion = inRange(motion, id);
      const motionKeys = isMotion ? this.#motions[limb]?.[place++] : undefined;
      if (i < from) continue;
      tell(
        this.#chord((chord) => {
          if (opened >= 0) this.#marker.press(id - this.#firstMarker, chord);
          else if (inRange(act, id)) this.#act.press(id - act.start, chord);
          else if (inRange(pace, id)) this.#pace.press(id - pace.start, chord);
          else if (isMotion) motionKeys?.press(id - motion.start, chord);
          else if (id >= 0 && id < this.#firstMarker) this.#special.press(id, chord);
        }),
      );
    }
  }

  #chord(press: (chord: number[]) => void): Int32Array {
    const chord: number[] = [];
    press(chord);
    return new Int32Array(chord);
  }

  #marked(index: number, press: (chord: number[]) => void): Int32Array {
    return this.#chord((chord) => {
      this.#marker.press(index, chord);
      press(chord);
    });
  }

  #sound(
    index: number,
    voice: TokenRange,
    codeKeys: readonly Keys[],
    prosody: TokenRange,
    prosodyKeys: Keys,
  ): FrameReader {
    const codes = codeKeys.length;
    const perCode = voice.size / codes;
    return (ids, tell) => {
      for (let at = 1; at < ids.length; at += codes + 1)
        tell(
          this.#marked(index, (chord) => {
            for (let c = 0; c < codes; c++) {
              const code = (ids[at + c] ?? -1) - voice.start - c * perCode;
              if (code >= 0 && code < perCode) codeKeys[c]!.press(code, chord);
            }
            const tone = ids[at + codes] ?? -1;
            if (inRange(prosody, tone)) prosodyKeys.press(tone - prosody.start, chord);
          }),
        );
    };
  }

  /** A patch is bound to its place: a sum of patches is then as good as the picture. */
  #picture(
    index: number,
    image: TokenRange,
    place: TokenRange,
    patches: readonly (readonly Keys[])[],
  ): FrameReader {
    const codes = patches[0]?.length ?? 1;
    const perCode = image.size / codes;
    return (ids, tell) =>
      tell(
        this.#marked(index, (chord) => {
          let patch = -1;
          let told = 0; // codes of the patch at hand, each at most once
          for (let i = 1; i < ids.length; i++) {
            const id = ids[i]!;
            if (inRange(place, id)) {
              if (id - place.start <= patch) return; // places ascend: what does not is noise
              [patch, told] = [id - place.start, 0];
            } else if (inRange(image, id) && patch >= 0 && told < codes) {
              const code = id - image.start - told * perCode;
              if (code >= 0 && code < perCode) patches[patch]![told]!.press(code, chord);
              told++;
            }
          }
        }),
      );
  }

  #values(index: number, range: TokenRange, values: readonly Keys[]): FrameReader {
    return (ids, tell) =>
      tell(
        this.#marked(index, (chord) => {
          for (const [slot, keys] of values.entries()) {
            const id = ids[1 + slot] ?? -1;
            if (inRange(range, id)) keys.press(id - range.start, chord);
          }
        }),
      );
  }

  /** What began comes back phrase by phrase, each a chord marked as the robot's own. */
  #own(ids: Int32Array, tell: Listener): void {
    const self = ids[0]! - this.#firstMarker;
    const { act, pace, motion, limbs } = this.#ids;
    let chord: number[] = [];
    let [limb, place] = [-1, 0];
    const flush = (): void => {
      if (chord.length > 0) tell(new Int32Array(chord));
      chord = [];
    };
    const open = (): void => {
      flush();
      this.#marker.press(self, chord);
      limb = -1;
    };
    for (let i = 1; i < ids.length; i++) {
      const id = ids[i]!;
      const opened = limbs.findIndex(({ marker }) => marker === id);
      if (opened >= 0) {
        open();
        [limb, place] = [opened, 0];
        this.#marker.press(id - this.#firstMarker, chord);
      } else if (inRange(act, id)) {
        open();
        this.#act.press(id - act.start, chord);
      } else if (inRange(pace, id) && limb < 0 && chord.length === 2)
        this.#pace.press(id - pace.start, chord);
      else if (inRange(motion, id) && limb >= 0)
        this.#motions[limb]![place++]?.press(id - motion.start, chord);
    }
    flush();
  }
}

/** The ids that an answer is made of, in the order of a model's logits: END, then the actions' ranges. */
export const answerIds = (robot: RobotDescription, v: Vocabulary): Int32Array => {
  const { act, pace, motion, limbs } = new ActionIds(robot, v);
  const all = ({ start, size }: TokenRange): number[] =>
    Array.from({ length: size }, (_, i) => start + i);
  return Int32Array.from([
    END,
    ...limbs.map(({ marker }) => marker),
    ...all(act),
    ...all(pace),
    ...all(motion),
  ]);
};

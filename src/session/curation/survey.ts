// What a session tells about each of its episodes, read once: the senses, what safety had to do, how the
// servos went, what was said and how surprising that was. What is made of it is scores.ts's.
import { GridFrames } from "../../core/grid-frames.ts";
import { basename } from "node:path";
import type { EpisodeOutcome, SafetyReason, SessionRecord } from "../../core/records.ts";
import type { Robot } from "../../core/robot.ts";
import { END } from "../../tokens/vocabulary.ts";
import { type Episode, EpisodeFinder } from "../episodes.ts";
import type { SessionReader } from "../session-reader.ts";
import type { Stretch } from "../stretch.ts";
import type { EpisodeName } from "./curation.ts";
import { Signature } from "./likeness.ts";
import { MotionCourse } from "./motion-course.ts";
import { SenseWatch } from "./sense-watch.ts";

/** How likely a policy finds the answers that were recorded; the records of one session come in their order. */
export interface Surprise {
  add(record: SessionRecord): Promise<void>;
  /** Nats a token since the last call, NaN where nothing was said. */
  take(): number;
}

export interface EpisodeSurvey extends EpisodeName, Stretch {
  readonly robot: string;
  readonly body: string;
  readonly task: string;
  readonly outcome?: EpisodeOutcome;
  /** Stretches that a person drove. */
  readonly takeovers: number;
  /** Senses that told nothing at all. */
  readonly dead: readonly string[];
  readonly alive: readonly string[];
  /** What was wrong with the others, in words. */
  readonly faults: readonly string[];
  readonly safety: ReadonlyMap<SafetyReason, number>;
  readonly course: MotionCourse;
  /** From the first thing said to the last thing done; absent where nothing was said. */
  readonly active?: Stretch;
  /** Action tokens said, ends left out. */
  readonly said: number;
  readonly signature: Signature;
  /** Absent where no policy was asked. */
  readonly surpriseNats?: number;
}

/** The episodes of a session of `robot`. Throws as its records do. */
export const surveySession = async (
  reader: SessionReader,
  robot: Robot,
  surprise?: Surprise,
): Promise<EpisodeSurvey[]> => {
  const { robotName, body } = reader.header;
  const watchFrom = (startNs: number): EpisodeWatch => new EpisodeWatch(robot, startNs, body);
  const finder = new EpisodeFinder();
  let open: EpisodeWatch | undefined = watchFrom(0); // of a session that names no episodes
  let watches: EpisodeWatch[] = [];
  let names = false;
  for await (const record of reader.records()) {
    finder.add(record);
    if (record.type === "episode" && record.phase === "started") {
      if (names) open?.end(surprise?.take());
      else surprise?.take(); // what came before the first episode is nobody's
      names = true;
      watches.push((open = watchFrom(record.timeNs)));
    }
    open?.add(record);
    await surprise?.add(record);
    if (record.type !== "episode" || record.phase !== "ended") continue;
    open?.end(surprise?.take());
    open = undefined;
  }
  open?.end(surprise?.take());
  if (!names && open) watches = [open];
  const episodes: readonly Pick<Episode, "index" | "task" | "outcome" | "takeovers">[] = names
    ? finder.episodes()
    : [{ index: 0, task: "", takeovers: [] }];
  return episodes.map(({ index, task, outcome, takeovers }, i) => ({
    session: basename(reader.path),
    episode: index,
    robot: robotName,
    body,
    task,
    ...(outcome !== undefined && { outcome }),
    takeovers: takeovers.length,
    ...watches[i]!.read(),
  }));
};

/** Between an episode's start and its end: what a policy, a teacher or a person had to do with. */
class EpisodeWatch {
  readonly #startNs: number;
  readonly #senses: ReadonlyMap<string, SenseWatch>;
  readonly #safety = new Map<SafetyReason, number>();
  readonly #course: MotionCourse;
  readonly #grid = new GridFrames();
  readonly #signature = new Signature();
  #endNs: number;
  #isOver = false; // on the way to the rest pose
  #firstSaidNs: number | undefined;
  #lastSaidNs = 0;
  #said = 0;
  #surpriseNats: number | undefined;

  constructor(robot: Robot, startNs: number, body: string) {
    this.#startNs = this.#endNs = startNs;
    this.#senses = new Map(
      robot.sensors.map((sensor) => [sensor.name, new SenseWatch(sensor, startNs, body)]),
    );
    this.#course = new MotionCourse(robot);
  }

  add(record: SessionRecord): void {
    if (record.type === "order")
      this.#isOver ||= record.order !== "arm" && record.order !== "clear";
    // An order to rest or to go limp is told as a shutdown, too: that an episode ends is nobody's mistake.
    if (record.type === "safety" && (!this.#isOver || record.reason === "estop"))
      this.#safety.set(record.reason, (this.#safety.get(record.reason) ?? 0) + 1);
    if (this.#isOver) return;
    this.#endNs = Math.max(this.#endNs, record.timeNs);
    if (record.type === "sample") this.#senses.get(record.sample.sensor)?.add(record.sample);
    else if (record.type === "tokens_in") this.#signature.add(record.sensor, record.ids);
    else if (record.type === "tokens_out") this.#answer(record.timeNs, record.ids);
    else if (record.type === "motion_out") this.#say(record.timeNs, 1);
    const frame = this.#grid.of(record);
    if (frame) this.#course.add(frame.timeNs, frame.appliedDeg);
  }

  end(surpriseNats: number | undefined): void {
    this.#surpriseNats = surpriseNats;
  }

  read() {
    const senses = [...this.#senses];
    const endNs = this.#endNs;
    return {
      startNs: this.#startNs,
      endNs,
      dead: senses.filter(([, sense]) => !sense.isAlive).map(([name]) => name),
      alive: senses.filter(([, sense]) => sense.isAlive).map(([name]) => name),
      faults: senses.flatMap(([, sense]) => sense.faults(endNs)),
      safety: this.#safety,
      course: this.#course,
      ...(this.#firstSaidNs !== undefined && { active: this.#active(this.#firstSaidNs) }),
      said: this.#said,
      signature: this.#signature,
      ...(this.#surpriseNats !== undefined && { surpriseNats: this.#surpriseNats }),
    };
  }

  #active(startNs: number): Stretch {
    const endNs = Math.max(this.#lastSaidNs, this.#course.lastMoveNs(startNs) ?? 0);
    return { startNs, endNs };
  }

  #answer(timeNs: number, ids: Int32Array): void {
    const said = ids.filter((id) => id !== END);
    if (said.length === 0) return;
    this.#signature.add("said", said);
    this.#say(timeNs, said.length);
  }

  #say(timeNs: number, tokens: number): void {
    this.#said += tokens;
    this.#firstSaidNs ??= timeNs;
    this.#lastSaidNs = timeNs;
  }
}

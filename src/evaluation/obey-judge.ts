// Obey: every spoken command is answered by its act. A cue succeeds when an act of its name starts
// between the cue's start and 1.0 s after its end, and nothing that was not asked for starts until the
// next cue. Each cue is one attempt; reaction = act start - cue end, so it is negative for an act that
// began before the command was over. The pace is judged beside the act, not with it: obedience.ts.
import { NS_PER_MS } from "../core/clock.ts";
import type { Cue } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { type Attempt, endsTask, type Judge, type SpokenCommand, type Verdict } from "./judge.ts";

const PATIENCE_NS = 1000 * NS_PER_MS;

interface Act {
  readonly timeNs: number;
  readonly name: string;
  readonly pace: string;
}

export class ObeyJudge implements Judge {
  readonly watches = [];
  readonly #cues: Cue[] = [];
  readonly #acts: Act[] = [];
  #over = false;

  write(record: SessionRecord): void {
    this.#over ||= endsTask(record);
    if (this.#over) return;
    if (record.type === "cue") this.#cues.push(record.cue);
    else if (record.type === "act" && record.phase === "started") this.#acts.push(record);
  }

  see(): void {}

  verdict(): Verdict {
    const cues = [...this.#cues].sort((a, b) => a.startNs - b.startNs);
    const unclaimed = new Set(this.#acts);
    const answers = cues.map((cue) => {
      const answer = [...unclaimed].find((act) => act.name === cue.act && isInTime(act, cue));
      if (answer) unclaimed.delete(answer);
      return answer;
    });
    const uninvited = [...unclaimed];
    const attempts = cues.map((cue, index): Attempt => {
      // What comes before the first cue spoils the first, what comes after the last the last.
      const fromNs = index === 0 ? -Infinity : cue.startNs;
      const toNs = cues[index + 1]?.startNs ?? Infinity;
      const spoiler = uninvited.find(({ timeNs }) => timeNs >= fromNs && timeNs < toNs);
      const answer = answers[index];
      const done = this.#acts.find(
        (act) => isInTime(act, cue) && (act === answer || unclaimed.has(act)),
      );
      let reason = "";
      if (spoiler) reason = `${told(cue)}: ${spoiler.name} (${spoiler.pace}) was not asked for`;
      else if (!answer) reason = `${told(cue)}: no answer within 1 s`;
      return {
        atNs: cue.startNs,
        success: reason === "",
        reason,
        ...(answer && { reactionMs: (answer.timeNs - cue.endNs) / NS_PER_MS }),
        command: commandOf(cue, done),
      };
    });
    return { attempts, uninvited: uninvited.length };
  }
}

/** Whether an act that started then may be the answer to the command. */
export const isInTime = (
  { timeNs }: { readonly timeNs: number },
  { startNs, endNs }: Cue,
): boolean => timeNs >= startNs && timeNs <= endNs + PATIENCE_NS;

const told = ({ act, pace, speaker }: Cue): string =>
  `${act}${pace === undefined ? "" : ` (${pace})`}${speaker === undefined ? "" : ` of ${speaker}`}`;

const commandOf = ({ act, pace, speaker }: Cue, done: Act | undefined): SpokenCommand => ({
  asked: { act, ...(pace !== undefined && { pace }) },
  ...(speaker !== undefined && { speaker }),
  ...(done && { done: { act: done.name, pace: done.pace } }),
});

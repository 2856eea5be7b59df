// Sessions of duo made of records that are easy to foretell, for what goes out as a data set.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EpisodeOutcome, SessionRecord } from "../../../../src/core/records.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import {
  ParquetSource,
  readRows,
  type Row,
} from "../../../../src/session/lerobot/parquet-reader.ts";
import { SessionWriter } from "../../../../src/session/session-writer.ts";
import {
  buildVocabulary,
  END,
  rangeNamed,
  vocabularyToJson,
} from "../../../../src/tokens/vocabulary.ts";

const MS = 1e6;
const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
export const NOD = rangeNamed(vocabulary, "act").start + 4;

export const dataOf = async (dataset: string, file = "file-000"): Promise<Row[]> => {
  await using source = await ParquetSource.open(join(dataset, `data/chunk-000/${file}.parquet`));
  return await readRows(source, [...source.columns.keys()]);
};

export const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "efference-lerobot-"));

export interface MadeEpisode {
  readonly task: string;
  readonly durationMs: number;
  readonly outcome?: EpisodeOutcome;
  /** From and until when a person drives. */
  readonly takenMs?: readonly [number, number];
}

/** What duo's servo 0 was told at a stamp, and what its left hand felt. */
export const panDeg = (timeNs: number): number => timeNs / (20 * MS);
export const heatAt = (timeNs: number): number => 20 + timeNs / (1000 * MS);

const values = (sensor: string, timeNs: number, own: number[]): SessionRecord => ({
  type: "sample",
  timeNs,
  sample: { kind: "values", sensor, timeNs, values: Float64Array.from(own) },
});

const pose = (timeNs: number): Float64Array =>
  Float64Array.from(robot.servos, ({ restDeg }, i) => (i === 0 ? panDeg(timeNs) : restDeg));

/** Heat at 20 Hz, joints at 10 Hz, servo frames at 50 Hz, an answer each 50 ms, nods at the start. */
export const makeSession = async (
  path: string,
  episodes: readonly MadeEpisode[],
): Promise<void> => {
  await using writer = await SessionWriter.open({
    path,
    header: {
      robotName: robot.name,
      robotFile: robot.source,
      sceneFile: robot.sceneSource,
      vocabularyJson: vocabularyToJson(vocabulary),
      policy: "made",
      seed: 1,
      pace: "fast",
      startedAtNs: 0n,
      body: "simulation",
      script: [],
      versions: {},
    },
  });
  let startNs = 0;
  for (const [index, { task, durationMs, outcome, takenMs }] of episodes.entries()) {
    writer.write({ type: "episode", timeNs: startNs, index, task, phase: "started" });
    for (let ms = 0; ms < durationMs; ms += 10) {
      const timeNs = startNs + ms * MS;
      if (takenMs?.includes(ms))
        writer.write({ type: "takeover", timeNs, phase: ms === takenMs[0] ? "started" : "ended" });
      if (ms % 50 === 0)
        for (const sensor of ["heat_left", "heat_right", "touch_left", "touch_right"])
          writer.write(values(sensor, timeNs, [heatAt(timeNs)]));
      if (ms % 100 === 0) {
        writer.write(values("distance", timeNs, [1]));
        writer.write(values("joints", timeNs, [...pose(timeNs)]));
      }
      if (ms % 50 === 0)
        writer.write({
          type: "tokens_out",
          timeNs,
          ids: Int32Array.from(ms === 0 ? [NOD, END] : [END]),
        });
      if (ms % 20 === 0)
        writer.write({
          type: "action",
          timeNs,
          fresh: true,
          targetDeg: pose(timeNs),
          appliedDeg: pose(timeNs),
          powered: true,
          mode: "active",
        });
    }
    startNs += durationMs * MS;
    writer.write({
      type: "episode",
      timeNs: startNs,
      index,
      task,
      phase: "ended",
      ...(outcome !== undefined && { outcome }),
    });
  }
};

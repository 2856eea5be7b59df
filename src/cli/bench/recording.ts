// efference bench recording: an hour of everything, written as fast as the disk takes it: what it costs of a core,
// how many bytes it makes, and whether memory grows.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NS_PER_S, SimulatedClock } from "../../core/clock.ts";
import type { SessionRecord } from "../../core/records.ts";
import { shifted } from "../../session/edit/shifted.ts";
import { MAX_CHUNK_AGE_NS, SessionWriter } from "../../session/session-writer.ts";
import { openPolicy } from "../open-policy.ts";
import { cpuS } from "./cpu-time.ts";
import { recorderHeader } from "./recorder-header.ts";
import { simulatedRun } from "./simulated-run.ts";
import { type BenchContext, type BenchTable, rounded } from "./table.ts";

const HOUR_S = 3600;
const LOOK_S = 600;
/** Beside the camera and the microphone. */
const SENSORS = 10;
const MB = 1e6;

export const bench = async (context: BenchContext): Promise<BenchTable[]> => {
  const chunks = new Map<number, SessionRecord[]>();
  const periodChunks = Math.max(1, Math.floor((context.seconds * NS_PER_S) / MAX_CHUNK_AGE_NS));
  const periodNs = periodChunks * MAX_CHUNK_AGE_NS;
  for (const record of await live(context, periodNs)) {
    const index = Math.floor(record.timeNs / MAX_CHUNK_AGE_NS);
    const chunk = chunks.get(index);
    if (chunk) chunk.push(record);
    else chunks.set(index, [record]);
  }
  const folder = await mkdtemp(join(tmpdir(), "efference-bench-"));
  const path = join(folder, "hour.mcap");
  const rows: BenchTable["rows"][number][] = [];
  try {
    const writer = await SessionWriter.open({
      path,
      header: recorderHeader(context),
      clock: new SimulatedClock(), // which stands: chunks end where they are told to, below
    });
    let startS = cpuS();
    let lastBytes = 0;
    for (let timeNs = 0; timeNs < HOUR_S * NS_PER_S;) {
      const offsetNs = Math.floor(timeNs / periodNs) * periodNs;
      const chunk = chunks.get((timeNs - offsetNs) / MAX_CHUNK_AGE_NS) ?? [];
      for (const record of chunk) writer.write(shifted(record, offsetNs));
      await writer.flush();
      timeNs += MAX_CHUNK_AGE_NS;
      if (timeNs % (LOOK_S * NS_PER_S) !== 0) continue;
      const [nowS, { rss, heapUsed }] = [cpuS(), process.memoryUsage()];
      rows.push({
        minutes: timeNs / NS_PER_S / 60,
        "% of a core": rounded((100 * (nowS - startS)) / LOOK_S, 3),
        "MB in 10 minutes": rounded((writer.bytes - lastBytes) / MB, 4),
        "resident MB": Math.round(rss / MB),
        "heap MB": Math.round(heapUsed / MB),
      });
      [startS, lastBytes] = [nowS, writer.bytes];
    }
    await writer.close();
    const { size } = await stat(path);
    rows.push({ minutes: "whole file", "MB in 10 minutes": rounded(size / MB, 4) });
  } finally {
    await rm(folder, { recursive: true });
  }
  return [
    {
      title: "an hour of recording",
      method: `${SENSORS} sensors, a 64x64 camera with depth and sound, tokens, servo frames and states: ${context.seconds} s of ${context.policy}, again and again with new stamps, a chunk each ${MAX_CHUNK_AGE_NS / 1e6} ms, written as fast as it goes; processor time of the whole process; reach: 3 % of a core`,
      rows,
    },
  ];
};

/** What happens until then in a run with all its senses, in order, and some more senses. */
const live = async (context: BenchContext, endNs: number): Promise<SessionRecord[]> => {
  const records: SessionRecord[] = [];
  const own = new Set<string>();
  const sink = {
    write: (record: SessionRecord) => {
      if (record.timeNs < 0 || record.timeNs >= endNs) return;
      if (record.type === "meter" || record.type === "episode") return;
      records.push(structuredClone(record));
      if (record.type === "sample" && record.sample.kind === "values")
        own.add(record.sample.sensor);
    },
    close: async () => {},
  };
  const order = {
    pace: "fast",
    seed: context.seed,
    openPolicy,
    openSink: async () => sink,
  } as const;
  await simulatedRun(context, order);
  const [model] = own;
  const others = Array.from(
    { length: Math.max(0, SENSORS - own.size) },
    (_, i) => `extra_${i + 1}`,
  );
  return records.flatMap((record) =>
    record.type === "sample" && record.sample.kind === "values" && record.sample.sensor === model
      ? [record, ...others.map((sensor) => ({ ...record, sample: { ...record.sample, sensor } }))]
      : [record],
  ) as SessionRecord[];
};

// Mends a session that was cut short or damaged: what is whole is written into a new file, which
// takes the old one's place in one step, so that at every moment there is a session to be had.
import { MAX_CHUNK_AGE_NS } from "./session-writer.ts";
import { access, link, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { NS_PER_MS, pause, RealClock } from "../core/clock.ts";
import { SessionError } from "../core/errors.ts";
import { AppendFile } from "./append-file.ts";
import { refusalOf } from "./draft.ts";
import { FOOTER_BYTES, FRAME_BYTES } from "./find-record.ts";
import { MAGIC_BYTES } from "./mcap-scan.ts";
import { type Salvage, salvage } from "./salvage.ts";
import { openFile, SessionReader } from "./session-reader.ts";

const CRC_BYTES = 4;
const GROWING_MS = 1000;

export interface RecoverOptions {
  /** Where to write; without it FILE is replaced and the original kept as FILE.broken. */
  readonly out?: string;
}

export interface Recovery {
  /** Messages in the recovered file. */
  readonly messages: number;
  /**
   * Estimate of what is missing at the end: for a run in real time from the last stamp to the last
   * write to the file, for a fast one by the bytes dropped. A chunk that never reached the file, of
   * at most half a second, is not in it.
   */
  readonly lostMs: number;
  readonly file: string;
  readonly bytesDropped: number;
  /** Damaged places that were passed over: chunks, as a rule. */
  readonly chunksSkipped: number;
  /** Nothing was wrong, and nothing was written. */
  readonly alreadyWhole: boolean;
}

/** Throws a SessionError when `path` holds no session, or the result can't be written. */
export const recover = async (path: string, options: RecoverOptions = {}): Promise<Recovery> => {
  const reader = await SessionReader.open(path);
  const wholeMessages = await countIfWhole(reader);
  if (wholeMessages !== undefined) return nothingToDo(path, wholeMessages);

  await refuseGrowing(reader);
  const file = options.out ?? path;
  const broken = `${path}.broken`;
  await refuseExisting(options.out ?? broken);
  const temporary = join(dirname(file), `.${basename(file)}.recovering-${process.pid}`);
  try {
    const saved = await salvageTo(temporary, reader);
    const lostMs = await estimateLostMs(reader, saved);
    if (options.out === undefined) await keepAs(path, broken);
    await rename(temporary, file);
    const { messages, bytesDropped, chunksSkipped } = saved;
    return { messages, lostMs, file, bytesDropped, chunksSkipped, alreadyWhole: false };
  } catch (error) {
    throw refusalOf(file, temporary, error);
  } finally {
    await rm(temporary, { force: true });
  }
};

const nothingToDo = (file: string, messages: number): Recovery => ({
  messages,
  lostMs: 0,
  file,
  bytesDropped: 0,
  chunksSkipped: 0,
  alreadyWhole: true,
});

/** The number of messages of a session without any damage, its summary included. */
const countIfWhole = async (reader: SessionReader): Promise<number | undefined> => {
  if (!reader.complete) return undefined;
  try {
    const { messages } = await reader.summary();
    return (await isSummaryWhole(reader)) ? messages : undefined;
  } catch (error) {
    if (error instanceof SessionError) return undefined;
    throw error;
  }
};

const isSummaryWhole = async ({ path, bytes }: SessionReader): Promise<boolean> => {
  await using file = await openFile(path);
  const footer = Buffer.alloc(FOOTER_BYTES);
  await file.read(footer, 0, FOOTER_BYTES, bytes - MAGIC_BYTES - FOOTER_BYTES);
  const start = footer.readBigUInt64LE(FRAME_BYTES);
  const crcAt = bytes - MAGIC_BYTES - CRC_BYTES;
  if (start >= BigInt(crcAt)) return false;
  const summary = Buffer.alloc(crcAt - Number(start));
  await file.read(summary, 0, summary.byteLength, Number(start));
  return crc32(summary) === footer.readUInt32LE(FOOTER_BYTES - CRC_BYTES);
};

/**
 * A run in real time writes each 0.4 s: what was written a moment ago may be going on, and then is not ours to replace.
 * Between its episodes `record --before-seconds` holds back what it may still need; of that nobody can tell.
 */
const refuseGrowing = async ({ path, header }: SessionReader): Promise<void> => {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  const clock = new RealClock();
  const isOld = clock.startedAtNs - mtimeNs > BigInt(GROWING_MS * NS_PER_MS);
  if (isOld || header.pace !== "realtime") return;
  await pause(clock, GROWING_MS);
  if ((await stat(path, { bigint: true })).size === size) return;
  throw new SessionError(
    `${path} is still being recorded; end the run first, and recover it if it is not whole then`,
  );
};

const refuseExisting = async (path: string): Promise<void> => {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new SessionError(`${path} already exists; move it away, or choose another name`);
};

const salvageTo = async (to: string, reader: SessionReader): Promise<Salvage> => {
  await using source = await openFile(reader.path);
  await using target = await AppendFile.create(to);
  const saved = await salvage(source, target, reader.header.startedAtNs);
  await target.close();
  return saved;
};

/** A second name keeps the original in its place meanwhile; where there are no links, it moves. */
const keepAs = async (path: string, broken: string): Promise<void> => {
  await link(path, broken).catch(() => rename(path, broken));
};

const estimateLostMs = async (
  { path, header, bytes }: SessionReader,
  { messages, firstNs, lastNs, bytesDropped }: Salvage,
): Promise<number> => {
  if (messages === 0) return 0;
  const keptMs = (lastNs - firstNs) / NS_PER_MS;
  const droppedMs = (bytesDropped / Math.max(1, bytes - bytesDropped)) * keptMs;
  if (header.pace === "fast") return Math.round(droppedMs);
  const { mtimeNs } = await stat(path, { bigint: true });
  const sinceMs = (Number(mtimeNs - header.startedAtNs) - lastNs) / NS_PER_MS;
  // A copy, or a cut made later, has a time of its own: no more can be missing than what was dropped
  // and one chunk that was never written.
  return Math.max(0, Math.round(Math.min(sinceMs, droppedMs + MAX_CHUNK_AGE_NS / NS_PER_MS)));
};

// Watches the disk that a session is written to, so that a recording ends in the rest pose with its last
// episode whole before there is no room left.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type Clock, every, NS_PER_S } from "../core/clock.ts";

export interface DiskGuardOptions {
  /** The file that is being written. */
  readonly path: string;
  /** This much is left alone. */
  readonly keepFreeBytes: number;
  readonly clock: Clock;
  /** Told once, with the words for a person. */
  readonly onLow: (words: string) => void;
}

const PERIOD_NS = NS_PER_S / 2;

/** Bytes that a program may still write beside `path`. */
const freeBytes = async (path: string): Promise<number> => {
  const { bavail, bsize } = await statfs(dirname(path));
  return bavail * bsize;
};

/** Looks twice a second until the returned function is called. */
export const guardDisk = ({
  path,
  keepFreeBytes,
  clock,
  onLow,
}: DiskGuardOptions): (() => void) => {
  const looks = every(clock, PERIOD_NS).subscribe(async () => {
    // A file system that can't say how full it is can't be guarded; the writer will say when it fails.
    const free = await freeBytes(path).catch(() => Infinity);
    if (free >= keepFreeBytes || looks.closed) return;
    looks.unsubscribe();
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
    onLow(
      `the disk of ${path} has ${megabytes(free)} left, and ${megabytes(keepFreeBytes)} are to stay free (--keep-free)`,
    );
  });
  return () => looks.unsubscribe();
};

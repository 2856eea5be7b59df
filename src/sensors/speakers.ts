// Who speaks: voice variants of espeak-ng, split once and for all into those that train and those
// that are kept for the test. Left out are sound effects (echo, robots) and near copies: on one
// sentence, the spectra of no held-out speaker and any training speaker differ by less than 0.57
// (rms of ln power, 20 bands by 8 parts; the closest pair is m4 and Alex, the median 0.92).

export const SPEAKER_SETS = {
  train:
    "m1 m2 m3 m5 m6 m7 m8 f1 f2 f3 croak whisper adam Alex Alicia Andrea Andy Annie aunty boris " +
    "Denis Diogo ed Gene Jacky john linda Marco max Nguyen pablo paul quincy rob sandro steph victor",
  "held-out":
    "m4 f4 f5 whisperf anika antonio belinda david grandma gustave iven Lee norbert shelby travis",
} as const;

export type SpeakerSet = keyof typeof SPEAKER_SETS;

/** The speakers of a set that are installed. */
export const speakersOf = (set: SpeakerSet, installed: ReadonlySet<string>): string[] =>
  SPEAKER_SETS[set].split(" ").filter((speaker) => installed.has(speaker));

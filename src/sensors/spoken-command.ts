// One take of a spoken command: a speaker, an accent and a way of speaking drawn by chance, said by
// the synthesiser and heard in a room.
import { Random } from "../core/random.ts";
import { playAt } from "./play-at.ts";
import { hearInRoom } from "./room.ts";
import { drawStyle } from "./speaking-style.ts";
import type { SpeechSynthesiser } from "./speech-synthesis.ts";

interface CommandOptions {
  readonly words: string;
  /** The pace's time scale, 1 for normal. */
  readonly paceScale: number;
  readonly speakers: readonly string[];
  readonly rateHz: number;
  readonly noiseDb: readonly [low: number, high: number];
  readonly seed: number;
  /** Names the take: another name is another draw from the same seed. */
  readonly stream: string;
}

/** Most that a take is played faster or slower, pitch and formants with it: other throats. ln units. */
const SPEED = 0.05;

/** [samples] in -1..1 at `rateHz`. @throws SensorError when nothing could be spoken */
export const speakCommand = async (
  synthesiser: SpeechSynthesiser,
  { words, paceScale, speakers, rateHz, noiseDb, seed, stream }: CommandOptions,
): Promise<Float32Array> => {
  const random = new Random(seed, stream);
  const speaker = speakers[random.index(speakers.length)]!;
  const accent = synthesiser.accents[random.index(synthesiser.accents.length)]!;
  const style = drawStyle(paceScale, random);
  const sound = await synthesiser.speak({ words, accent, speaker, ...style });
  const speed = Math.exp(random.uniform(-SPEED, SPEED));
  const voice = playAt(sound.pcm, sound.rateHz * speed, rateHz);
  return hearInRoom(voice, { rateHz, levelDb: style.levelDb, noiseDb }, random);
};

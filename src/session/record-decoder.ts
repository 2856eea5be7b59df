// Turns the messages of a session back into the records they came from, bit for bit; what is
// derived (/observation/state) and what others added to the file is passed over.
import type { Sample } from "../core/ports.ts";
import type { EpisodeOutcome, SafetyMode, SessionRecord } from "../core/records.ts";
import { PCM_SCALE } from "./record-encoder.ts";
import { SCHEMAS, type Schema } from "./schemas.ts";

/** One message of a session, with the stamps that its MCAP times stand for. */
export interface SessionMessage {
  readonly topic: string;
  /** Full name of the message's schema. */
  readonly schema: string;
  /** The record's stamp. */
  readonly timeNs: number;
  /** The stamp of the quantity in it. */
  readonly measuredNs: number;
  readonly data: Uint8Array;
}

const SENSOR = "/sensor/";
const DEPTH = "/depth";

export class RecordDecoder {
  readonly #depths = new Map<string, Float32Array>(); // each waits for the picture that follows it

  decode(message: SessionMessage): SessionRecord | undefined {
    const { topic, timeNs, data } = message;
    if (topic.startsWith(SENSOR)) {
      const sample = this.#decodeSample(message);
      return sample && { type: "sample", timeNs, sample };
    }
    switch (topic) {
      case "/tokens/in": {
        const { sensor, ids } = fields<{ sensor: string; ids: number[] }>(SCHEMAS.tokens, data);
        return { type: "tokens_in", timeNs, sensor, ids: Int32Array.from(ids) };
      }
      case "/tokens/out": {
        const { ids } = fields<{ ids: number[] }>(SCHEMAS.tokens, data);
        return { type: "tokens_out", timeNs, ids: Int32Array.from(ids) };
      }
      case "/tokens/advice": {
        const { ids } = fields<{ ids: number[] }>(SCHEMAS.tokens, data);
        return { type: "advice", timeNs, ids: Int32Array.from(ids) };
      }
      case "/motion/out": {
        const { delta_deg } = fields<{ delta_deg: number[] }>(SCHEMAS.motion, data);
        return { type: "motion_out", timeNs, deltaDeg: Float32Array.from(delta_deg) };
      }
      case "/act": {
        const { name, pace, phase } = fields<Of<"act">>(SCHEMAS.act, data);
        return { type: "act", timeNs, name, pace, phase };
      }
      case "/action": {
        const action = fields<ActionFields>(SCHEMAS.action, data);
        return {
          type: "action",
          timeNs,
          fresh: action.fresh,
          targetDeg: Float64Array.from(action.target_deg),
          appliedDeg: Float64Array.from(action.applied_deg),
          powered: action.powered,
          mode: action.mode,
        };
      }
      case "/applied": {
        const { frame_ns: frameNs, powered } = fields<AppliedFields>(SCHEMAS.applied, data);
        return { type: "applied", timeNs, frameNs, powered };
      }
      case "/simulation/state": {
        const { values } = fields<{ values: number[] }>(SCHEMAS.state, data);
        const state = { timeNs: message.measuredNs, values: Float64Array.from(values) };
        return { type: "state", timeNs, state };
      }
      case "/order": {
        const { order, reason } = fields<Of<"order">>(SCHEMAS.order, data);
        return { type: "order", timeNs, order, reason };
      }
      case "/safety": {
        const { reason, servo, detail } = fields<Of<"safety">>(SCHEMAS.safety, data);
        return { type: "safety", timeNs, reason, servo, detail };
      }
      case "/meter": {
        const { name, value } = fields<Of<"meter">>(SCHEMAS.meter, data);
        return { type: "meter", timeNs, name, value };
      }
      case "/episode": {
        const { outcome, ...bounds } = fields<EpisodeFields>(SCHEMAS.episode, data);
        return { type: "episode", timeNs, ...bounds, ...(outcome !== "" && { outcome }) };
      }
      case "/takeover": {
        const { phase } = fields<Of<"takeover">>(SCHEMAS.takeover, data);
        return { type: "takeover", timeNs, phase };
      }
      case "/source": {
        const { sensor, lender } = fields<Of<"source">>(SCHEMAS.source, data);
        return { type: "source", timeNs, sensor, lender };
      }
      case "/simulation/move": {
        const { object, to, duration_ms: durationMs } = fields<MoveFields>(SCHEMAS.move, data);
        return { type: "move", timeNs, object, toM: to, durationMs };
      }
      case "/cue": {
        const cue = fields<CueFields>(SCHEMAS.cue, data);
        const { act, start_ns: startNs, end_ns: endNs } = cue;
        const pace = cue.pace !== "" && { pace: cue.pace };
        const speaker = cue.speaker !== "" && { speaker: cue.speaker };
        return { type: "cue", timeNs, cue: { act, ...pace, ...speaker, startNs, endNs } };
      }
      default:
        return undefined;
    }
  }

  #decodeSample(message: SessionMessage): Sample | undefined {
    const { topic, schema, measuredNs: timeNs, data } = message;
    const sensor = topic.slice(SENSOR.length);
    switch (schema) {
      case SCHEMAS.values.name: {
        const { values } = fields<{ values: number[] }>(SCHEMAS.values, data);
        return { kind: "values", sensor, timeNs, values: Float64Array.from(values) };
      }
      case SCHEMAS.audio.name: {
        const audio = fields<AudioFields>(SCHEMAS.audio, data);
        const steps = new Int16Array(ownBuffer(audio.data));
        const pcm = new Float32Array(steps.length);
        for (let i = 0; i < pcm.length; i++) pcm[i] = steps[i]! / PCM_SCALE;
        return { kind: "audio", sensor, timeNs, rateHz: audio.sample_rate, pcm };
      }
      case SCHEMAS.image.name: {
        const image = fields<ImageFields>(SCHEMAS.image, data);
        if (sensor.endsWith(DEPTH)) {
          const picture = sensor.slice(0, -DEPTH.length);
          this.#depths.set(picture, new Float32Array(ownBuffer(image.data)));
          return undefined;
        }
        const depthM = this.#depths.get(sensor) ?? new Float32Array(0);
        this.#depths.delete(sensor);
        const { width, height } = image;
        const rgb = new Uint8Array(ownBuffer(image.data));
        return { kind: "image", sensor, timeNs, width, height, rgb, depthM };
      }
      default:
        return undefined;
    }
  }
}

type Of<Type extends SessionRecord["type"]> = Extract<SessionRecord, { type: Type }>;

interface ActionFields {
  fresh: boolean;
  target_deg: number[];
  applied_deg: number[];
  powered: boolean;
  mode: SafetyMode;
}

interface AppliedFields {
  frame_ns: number;
  powered: boolean;
}

interface EpisodeFields extends Pick<Of<"episode">, "index" | "task" | "phase"> {
  /** Empty where nobody said. */
  outcome: EpisodeOutcome | "";
}

interface MoveFields {
  object: string;
  to: [number, number, number];
  duration_ms: number;
}

interface CueFields {
  act: string;
  /** Empty where none is known, and so is the speaker. */
  pace: string;
  speaker: string;
  start_ns: number;
  end_ns: number;
}

interface AudioFields {
  data: Uint8Array;
  sample_rate: number;
}

interface ImageFields {
  data: Uint8Array;
  width: number;
  height: number;
}

/** The fields of a message; the schema, not the compiler, vouches for their types. */
const fields = <Fields>(schema: Schema, data: Uint8Array): Fields =>
  schema.type.decode(data) as unknown as Fields;

/** The bytes in a buffer of their own, aligned for any typed array. */
const ownBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

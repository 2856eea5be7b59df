// The real firmware on an emulated Uno, and a host that speaks to it in virtual time.
import { readFileSync } from "node:fs";
import { setupOf, ticksOf } from "../../../../src/bodies/board/setup.ts";
import { EmulatedUno } from "../../../../src/bodies/emulator/uno.ts";
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import type { RobotDescription } from "../../../../src/core/robot.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { buildVocabulary, type Vocabulary } from "../../../../src/tokens/vocabulary.ts";
import { type BoardSetup, download } from "../../../../src/wire/download.ts";
import { decodeFields } from "../../../../src/wire/fields.ts";
import { hostFrame } from "../../../../src/wire/frame.ts";
import { WireParser } from "../../../../src/wire/parser.ts";
import {
  BAUDS,
  BOARD_FRAMES,
  type BoardFrame,
  type BoardValues,
  CLEAR_WORD,
  ESTOP_BYTE,
  type Fault,
  FAULTS,
  type HostFrame,
  type HostValues,
} from "../../../../src/wire/protocol.ts";

export const HEX = readFileSync(
  new URL("../../../../firmware/efference-uno.hex", import.meta.url),
  "utf8",
);
export const US = 16; // cycles

export type Status = BoardValues<"status">;
const NAMES = Object.fromEntries(
  Object.entries(BOARD_FRAMES).map(([name, { id }]) => [id, name as BoardFrame]),
);

export class Bench {
  readonly uno: EmulatedUno;
  readonly pulses: Pulse[] = [];
  readonly told: { name: BoardFrame; values: never; timeNs: number }[] = [];
  readonly firmata: number[][] = [];
  faults = 0;
  readonly robot: RobotDescription;
  readonly vocabulary: Vocabulary;
  setup: BoardSetup;
  #seq = 0;

  constructor(robotName = "duo") {
    this.robot = loadRobot(robotName);
    this.vocabulary = buildVocabulary(this.robot);
    const setup = setupOf(this.robot, this.vocabulary);
    this.setup = { ...setup, timing: { ...setup.timing, statusMs: 10 } }; // each frame is told
    const parser = new WireParser((event) => {
      if (event.type === "fault") this.faults++;
      else if (event.type === "frame") {
        const name = NAMES[event.id]!;
        const values = decodeFields(BOARD_FRAMES[name], event.data) as never;
        this.told.push({ name, values, timeNs: this.uno.timeNs });
      } else this.firmata.push([...("status" in event ? [event.status] : []), ...event.data]);
    });
    this.uno = new EmulatedUno({
      hex: HEX,
      baud: BAUDS[0],
      said: (byte) => parser.push([byte]),
      pulse: (pulse) => this.pulses.push(pulse),
    });
  }

  get nextSeq(): number {
    return (this.#seq = (this.#seq + 1) & 0x7f);
  }

  run(ms: number): void {
    this.uno.run(ms);
  }

  say<K extends HostFrame>(name: K, values: HostValues<K>): void {
    this.uno.write(hostFrame(name, this.nextSeq, values));
  }

  all<K extends BoardFrame>(name: K): BoardValues<K>[] {
    return this.told.filter((one) => one.name === name).map(({ values }) => values);
  }

  last<K extends BoardFrame>(name: K): BoardValues<K> {
    const found = this.all(name).at(-1);
    if (found === undefined) throw new Error(`the board said no ${name}`);
    return found;
  }

  status(): Status {
    this.say("status", {});
    this.run(30);
    return this.last("status");
  }

  /** Boots, goes to a speed, downloads and locks; the pulses so far are forgotten. */
  open(baud: (typeof BAUDS)[number] = 500_000): this {
    this.run(30);
    this.say("baud", { index: BAUDS.indexOf(baud) });
    this.run(20);
    this.uno.baud = baud;
    const { frames } = download(this.setup, () => this.nextSeq);
    for (const frame of frames) {
      this.uno.write(frame);
      this.run(baud < 100_000 ? 30 : 4);
    }
    this.run(50);
    this.pulses.length = 0;
    return this;
  }

  /** All outputs of the robot to these ticks. */
  targets(ticks: readonly number[]): void {
    this.say("targets", { mask: (1 << ticks.length) - 1, ticks });
  }

  /** As a host does at 50 Hz, for so long. */
  stream(ms: number, ticksAt: (step: number) => readonly number[]): void {
    for (let step = 0; step * 20 < ms; step++) {
      this.targets(ticksAt(step));
      this.run(20);
    }
  }

  stop(): void {
    this.uno.write([ESTOP_BYTE, ESTOP_BYTE]);
  }

  clear(): void {
    this.say("clear", { word: CLEAR_WORD });
  }

  /** Takes the pulses seen so far. */
  takePulses(): Pulse[] {
    return this.pulses.splice(0);
  }
}

export const MODES = { limp: 0, soft: 1, active: 2, hold: 3, estop: 4 };

export const has = (status: Status, fault: Fault): boolean =>
  ((status.faults >> FAULTS.indexOf(fault)) & 1) === 1;

export const restTicks = (bench: Bench): number[] =>
  bench.robot.servos.map((servo) => ticksOf(servo, servo.restDeg));

/** Awake, at rest, and out of soft start. */
export const awake = (bench = new Bench().open()): Bench => {
  bench.stream(800, () => restTicks(bench));
  bench.pulses.length = 0;
  return bench;
};

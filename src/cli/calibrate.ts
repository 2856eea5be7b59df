// efference calibrate: how the servos of one robot that was built stand, found out by a person with keys. One servo
// at a time is a robot of its own (calibration/bench-robot.ts): runtime, safety kernel and the board's limits are
// those of every run, all other servos are limp.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ArduinoBody } from "../bodies/arduino/arduino-body.ts";
import { boardLine, portOf } from "../bodies/arduino/board-line.ts";
import type { OpenLine } from "../bodies/arduino/line-port.ts";
import {
  calibrated,
  calibrationFile,
  calibrationOf,
  checkWritable,
  fittingCalibration,
  type ServoCalibration,
  writeCalibration,
} from "../core/calibration.ts";
import { every, NS_PER_MS, RealClock } from "../core/clock.ts";
import { RobotFileError, UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import type { Robot, Servo } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";
import { Runtime } from "../runtime/runtime.ts";
import { buildVocabulary } from "../tokens/vocabulary.ts";
import { benchRobot, degOfPulse, pulseOfDeg } from "./calibration/bench-robot.ts";
import { JogPolicy } from "./calibration/jog-policy.ts";
import { type Line, sheet } from "./calibration/sheet.ts";
import { Sweep } from "./calibration/sweep.ts";
import type { Key } from "../teleoperation/key-reader.ts";
import { Page } from "./calibration/terminal.ts";
import { EXIT, printJson, printLine, printNote } from "./output.ts";
import { listenForStops } from "./stops.ts";

const EXAMPLES = `
A hobby servo doesn't tell where it stands: you move it by keys, slowly, and say where its ends are, when it
stands at a known angle, and which way its angle grows. One servo at a time is driven, the others are limp:
support what may fall. What is found is used by --body arduino and firmata, and shown by info robot; the board
itself then allows no pulse beyond the ends. The file lies beside robot.yaml, calibration.json; as with
LeRobot it has, for each servo, id, drive_mode, homing_offset, range_min, range_max, here in microseconds of
pulse width. A joint whose centre is more than 30 degrees off: take its horn off, and put it on nearer.

Examples:
  efference calibrate --robot duo --port /dev/ttyACM0
  efference calibrate --servos pan,tilt              the others keep what they have

Stops: space bar (or kill -USR2) cuts all pulses, c clears; Ctrl-C leaves it limp, and nothing is written.
Exit codes: 0 written, 1 not written, 2 the command can't be obeyed.`;

interface CalibrateOptions {
  readonly robot: string;
  readonly port: string;
  readonly servos?: string;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("calibrate")
    .description("find each servo's range, centre and direction on a robot that was built")
    .option("--robot <name>", "a robot of models/robots, or a path to a robot.yaml", "duo")
    .option("--port <path>", "serial port of the board; auto finds the only one", "auto")
    .option("--servos <names>", "comma-separated (default: all)")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(calibrate);
};

const REDRAW_NS = 100 * NS_PER_MS;

const servosOf = ({ servos }: Robot, asked: string | undefined): readonly Servo[] =>
  asked?.split(",").map((name) => {
    const servo = servos.find((one) => one.name === name);
    const names = servos.map((one) => one.name);
    if (servo === undefined)
      throw new UsageError(`--servos: found ${name}; ${adviseOneOf(name, names)}`);
    return servo;
  }) ?? servos;

const calibrate = async ({ robot: name, port, servos, json }: CalibrateOptions): Promise<void> => {
  if (!process.stdin.isTTY)
    throw new UsageError("calibrate is done by keys, and needs a terminal for its input");
  const robot = loadRobot(name);
  const asked = servosOf(robot, servos);
  checkWritable(robot);
  const file = calibrationFile(robot);
  const before = fittingCalibration(robot, (why) =>
    printNote(`not kept of what was found before (${file}): ${why}`),
  );
  const path = await portOf(port);
  printNote(`calibrating ${robot.name} at ${path}; all servos but the one at hand are limp`);
  await using bench = new Bench(robot, asked, boardLine(path));
  const found: Record<string, ServoCalibration> = {};
  let failure: Error | undefined;
  try {
    await bench.sweepAll(found);
  } catch (error) {
    failure = error as Error;
  }
  const names = Object.keys(found).join(", ");
  if (failure && names === "") throw failure;
  const verb = existsSync(file) ? "overwrite" : "write";
  const part = failure ? ` with what was found before that, of ${names}` : "";
  if (failure) bench.tell(`it can't go on: ${failure.message}`);
  if (names === "" || !(await bench.confirms(`${verb} ${file}${part}?`))) {
    printNote("nothing is written");
    process.exitCode = EXIT.failed;
    return;
  }
  const calibration = { ...before, ...found };
  writeCalibration(robot, calibration);
  if (json) printJson({ file, calibration });
  else printLine(`written to ${file}; next: efference run --body arduino --port ${path}`);
};

type Row = { -readonly [K in keyof Line]: Line[K] };

/** The terminal, and the servo at hand with all that drives it. */
class Bench implements AsyncDisposable {
  readonly #robot: Robot;
  readonly #openLine: OpenLine;
  readonly #lines: Row[];
  readonly #page = new Page();
  readonly #ending = new AbortController();
  readonly #unlisten: () => void;
  #runtime: Runtime | undefined;
  #take: (key: Key) => void = () => {};

  constructor(robot: Robot, servos: readonly Servo[], openLine: OpenLine) {
    this.#robot = robot;
    this.#openLine = openLine;
    this.#lines = servos.map((servo) => ({ servo, sweep: undefined }));
    this.#unlisten = listenForStops({
      park: () => this.#end(),
      parking: "limp",
      press: (key) => this.#take(key),
      runtime: {
        estop: (reason) => {
          this.#page.end();
          this.#runtime?.estop(reason);
        },
        clear: (reason) => this.#runtime?.clear(reason),
        limp: () => this.#end(),
      },
    });
  }

  /** Puts what is found of each servo that is not skipped into `found`, and leaves nothing there when it is ended. */
  async sweepAll(found: Record<string, ServoCalibration>): Promise<void> {
    const { signal } = this.#ending;
    signal.addEventListener("abort", () => {
      for (const name of Object.keys(found)) delete found[name];
    });
    for (const line of this.#lines)
      for (let again = true; again && !signal.aborted;) {
        const finding = await this.#sweep(line);
        again = false;
        if (finding === undefined || signal.aborted) continue;
        try {
          const one = calibrationOf(line.servo, finding);
          calibrated(this.#robot, { [line.servo.name]: one });
          found[line.servo.name] = one;
        } catch (error) {
          if (!(error instanceof RobotFileError)) throw error;
          this.tell(`that does not fit: ${error.message}\n${line.servo.name} once more:`);
          again = true;
        }
      }
  }

  tell(words: string): void {
    this.#page.end();
    printNote(words);
  }

  async confirms(question: string): Promise<boolean> {
    const { signal } = this.#ending;
    if (signal.aborted) return false;
    this.tell(`${question} y or n`);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(false));
      this.#take = (key) => {
        if (key === "y" || key === "n") resolve(key === "y");
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlisten();
    this.#page.end();
  }

  #end(): void {
    this.#ending.abort();
    this.#runtime?.limp("");
  }

  async #sweep(line: Row): Promise<Sweep["finding"]> {
    const { servo } = line;
    const { signal } = this.#ending;
    const robot = benchRobot(this.#robot, servo);
    const { restDeg } = robot.servos[0]!;
    const sweep = new Sweep(pulseOfDeg(servo, restDeg));
    const clock = new RealClock();
    const tell = (words: string): void => this.tell(words);
    this.#page.draw(`waking ${servo.name} ...`);
    let body: ArduinoBody;
    try {
      body = await ArduinoBody.open({ robot, clock, openLine: this.#openLine, tell, signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
    await using _open = body;
    line.sweep = sweep;
    clock.begin();
    const policy = new JogPolicy(restDeg);
    const runtime = new Runtime({
      robot,
      vocabulary: buildVocabulary(robot),
      clock,
      body,
      policy,
      episode: { task: "calibrate" },
      sink: {
        write: (record) => {
          if (record.type === "action") policy.presentDeg = record.appliedDeg[0]!;
          else if (record.type === "sample" && record.sample.kind === "values")
            sweep.see(pulseOfDeg(servo, record.sample.values[0]!));
        },
      },
    });
    this.#runtime = runtime;
    this.#take = (key) => {
      sweep.press(key);
      policy.targetDeg = degOfPulse(servo, sweep.targetUs);
      if (sweep.phase !== "done" && sweep.phase !== "skipped") return;
      // Where it was thought to rest may lie behind an end that was just found: it would push against it.
      const restUs = pulseOfDeg(servo, robot.servos[0]!.restDeg);
      if (restUs >= sweep.minUs && restUs <= sweep.maxUs) runtime.park("");
      else runtime.limp("");
    };
    const draw = (): void => this.#page.draw(sheet(this.#lines, runtime.status().mode));
    const drawing = every(new RealClock(), REDRAW_NS).subscribe(draw);
    try {
      if (!signal.aborted) await runtime.run();
    } finally {
      drawing.unsubscribe();
      this.#take = () => {};
      this.#runtime = undefined;
    }
    draw();
    return sweep.finding;
  }
}

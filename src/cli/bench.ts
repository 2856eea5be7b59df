// efference bench: how fast and how good the parts are, each beside what it should be measured against.
import { availableParallelism, cpus, loadavg } from "node:os";
import { Argument, type Command } from "commander";
import { loadRobot } from "../core/robot-file.ts";
import { buildVocabulary } from "../tokens/vocabulary.ts";
import type { BenchContext, BenchTable, Cell } from "./bench/table.ts";
import { refuseIdle } from "./idle-options.ts";
import { defaultPolicy } from "./open-policy.ts";
import { clearStatus, printJson, printLine, printStatus, type Row, table } from "./output.ts";
import { openVoices } from "./speech.ts";
import { wholeNumber } from "./whole-number.ts";

interface Bench {
  readonly load: () => Promise<{ bench(context: BenchContext): Promise<BenchTable[]> }>;
  /** Options that change something, beside --robot and --json. */
  readonly heeds: readonly string[];
}

const BENCHES: Readonly<Record<string, Bench>> = {
  codec: {
    load: () => import("./bench/codec.ts"),
    heeds: ["robot", "rounds", "seed", "audio", "labels"],
  },
  runtime: {
    load: () => import("./bench/runtime.ts"),
    heeds: ["robot", "policy", "audio", "labels", "rounds", "seconds", "seed"],
  },
  recording: {
    load: () => import("./bench/recording.ts"),
    heeds: ["robot", "policy", "audio", "labels", "seconds", "seed"],
  },
  fleet: {
    load: () => import("./bench/fleet.ts"),
    heeds: ["robot", "policy", "audio", "labels", "rounds", "seconds", "seed"],
  },
  endurance: {
    load: () => import("./bench/endurance.ts"),
    heeds: ["robot", "policy", "audio", "labels", "seed", "quick"],
  },
  json: {
    load: () => import("./bench/json.ts"),
    heeds: ["robot", "policy", "json-policy", "audio", "labels", "episodes", "seed"],
  },
  embedding: { load: () => import("./bench/embedding.ts"), heeds: [] },
  voice: { load: () => import("./bench/voice.ts"), heeds: ["audio", "full", "seed"] },
  curation: { load: () => import("./bench/curation.ts"), heeds: ["quick"] },
  wire: { load: () => import("./bench/wire.ts"), heeds: ["robot", "seconds", "seed"] },
};

/** What is run where no name is given: it wants nothing trained, and ends soon. */
const UNASKED = ["codec", "runtime", "fleet"];

const EXAMPLES = `
  codec     voice and motion codecs beside plain bins: speed, tokens, errors
  runtime   sensor to servo frame in real time, the runtime beside the bare model, recording
  recording an hour of 10 sensors, camera and sound: processor time, bytes, memory
  fleet     simulated robots in real time on one core
  endurance an hour of stream as fast as it goes: whether time or memory grows
  json      action tokens against JSON function calls of the same model (wants --json-policy)
  embedding action tokens against continuous embeddings: trains both, and takes long
  voice     designs of voice tokens at equal training, on speakers never heard (wants --audio with FSDD)
  curation  learning from all of a mixed set, its curated half or a random one: trains, some 30 min
  wire      token frames against plain Firmata by johnny-five, on the emulated board

Examples:
  efference bench codec
  efference bench wire --seconds 600
  efference bench runtime --policy mine
  efference bench json --policy mine --json-policy mine-json --episodes 50 --json
  efference bench voice --audio recordings --full

Without a name codec, runtime and fleet are run. Intervals are of 95 %. Whatever else the machine is busy with
shows in the figures: leave it alone meanwhile.`;

interface BenchOptions {
  readonly robot: string;
  readonly policy?: string;
  readonly jsonPolicy?: string;
  readonly audio?: string;
  readonly labels?: string;
  readonly episodes: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly seed?: number;
  readonly full: boolean;
  readonly quick: boolean;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("bench")
    .description("measure the parts, each beside what it is to be measured against")
    .addArgument(new Argument("[name]", "what to measure").choices(Object.keys(BENCHES)))
    .option("--robot <name>", "a robot of models/robots, or a path to a robot.yaml", "duo")
    .option("--policy <name>", "the policy to run (default: the shipped one, or a teacher)")
    .option("--json-policy <folder>", "one trained on the same sessions to say JSON calls")
    .option("--audio <folder>", "WAV files of commands (default: the robot's own voice)")
    .option(
      "--labels <file>",
      "what they say: file,act,pace,speaker, the last two where known (default: labels.csv in the folder)",
    )
    .option("--episodes <number>", "of each contender (json)", wholeNumber(1), 20)
    .option("--rounds <number>", "from 6 on there are intervals", wholeNumber(1), 7)
    .option(
      "--seconds <number>",
      "of each run (runtime, fleet), of what is repeated (recording), of a full line (wire)",
      wholeNumber(1),
      20,
    )
    .option(
      "--seed <number>",
      "of the first episode; the next has the next (default: 1; json: 1000001, which demonstrate leaves alone)",
      wholeNumber(0),
    )
    .option("--full", "longer training, every speaker left out in turn (voice)", false)
    .option("--quick", "so little that it only shows that it runs (curation, endurance)", false)
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(measure);
};

const refuse = (names: readonly string[], command: Command): void => {
  const heeded = new Set(names.flatMap((name) => BENCHES[name]!.heeds));
  const idle = Object.values(BENCHES).flatMap(({ heeds }) =>
    heeds.filter((option) => !heeded.has(option)),
  );
  refuseIdle(command, idle, `changes nothing in bench ${names.join(", ")}`);
};

const measure = async (
  asked: string | undefined,
  options: BenchOptions,
  command: Command,
): Promise<void> => {
  const names = asked === undefined ? UNASKED : [asked];
  refuse(names, command);
  const robot = loadRobot(options.robot);
  const context: BenchContext = {
    ...options,
    robot,
    policy: options.policy ?? (await defaultPolicy(robot, buildVocabulary(robot))),
    jsonPolicy: options.jsonPolicy,
    // Where policies are examined, not on what `demonstrate` shows by default.
    seed: options.seed ?? (asked === "json" ? 1_000_001 : 1),
    recordings: options.audio,
    voices: () => openVoices(robot, options.audio, options.labels),
  };
  const machine = machineLine();
  const told: Record<string, BenchTable[]> = {};
  for (const name of names) {
    printStatus(`measuring ${name}`);
    told[name] = await (await BENCHES[name]!.load()).bench(context);
    clearStatus();
    if (options.json) continue;
    for (const { title, method, rows } of told[name]) {
      printLine(`${title}\n  ${method}\n`);
      printLine(`${asText(rows)}\n`);
    }
  }
  if (options.json) printJson({ machine, ...told });
  else printLine(machine);
};

const machineLine = (): string => {
  const load = loadavg()[0]!.toFixed(1);
  const model = cpus()[0]?.model ?? process.arch;
  return `${model}, ${availableParallelism()} cores, load ${load} at the start, node ${process.version}, ${process.platform}`;
};

/** A key with its words apart: tokensPerS as tokens per s. */
const heading = (key: string): string => key.replaceAll(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

const cellText = (cell: Cell | undefined): string | number => {
  if (cell === null || cell === undefined) return "-";
  return typeof cell === "object" ? `${cell[0]} to ${cell[1]}` : cell;
};

const asText = (rows: BenchTable["rows"]): string => {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row): Row => keys.map((key) => cellText(row[key])));
  return table([keys.map(heading), ...cells]);
};

// efference bench fleet: how many simulated robots one core runs in real time, all senses included.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolicyError } from "../../core/errors.ts";
import { readCard } from "../../policy/policy-folder.ts";
import { TokenEngine } from "../../policy/token-engine.ts";
import { TokenPolicy } from "../../policy/token-policy.ts";
import { buildVocabulary, END } from "../../tokens/vocabulary.ts";
import { exportDecodeGraph } from "../../training/decode-graph.ts";
import { findPolicy, openPolicy, type PolicyFactory, policyOpener } from "../open-policy.ts";
import { writePolicy } from "../policy-writer.ts";
import { readTrainedModel } from "../trained-model.ts";
import { cpuS } from "./cpu-time.ts";
import { openSimulatedRun, TASKS } from "./simulated-run.ts";
import { type BenchContext, type BenchTable, median, rounded } from "./table.ts";

/** Robots that run at once, each with its policy from `open`. */
interface Fleet {
  readonly policy: string;
  readonly together: number;
  readonly open: (robot: number) => PolicyFactory;
}

/** So many share the runs of a model. */
const TOGETHER = 8;

/** Says nothing: what is left is physics, senses, tokens and the servo loop. */
const openIdle: PolicyFactory = async () => ({
  name: "nobody",
  step: async () => Int32Array.of(END),
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
});

/** The policy's model, written for as many streams as a run is given; undefined for one that train did not write. */
const batched = async (
  { policy, robot }: BenchContext,
  shelf: string,
): Promise<Fleet | undefined> => {
  const source = findPolicy(policy);
  if (source === undefined) return undefined;
  const card = await readCard(source);
  if (card.kind !== "token") return undefined;
  const trained = await readTrainedModel(source, card).catch((error: unknown) => {
    if (!(error instanceof PolicyError)) throw error;
  });
  if (trained === undefined) return undefined;
  const { model, parameters } = trained;
  const { bytes, contract } = exportDecodeGraph(model, parameters, { streams: "streams" });
  const folder = join(shelf, "shared");
  await writePolicy({ folder, onnx: bytes, card: { ...card, contract } });
  const engine = await TokenEngine.open({ folder, robot, vocabulary: buildVocabulary(robot) });
  const readers = engine.streams(TOGETHER);
  const open = (index: number): PolicyFactory => {
    const reader = readers[index]!;
    return async () => {
      reader.reset();
      return new TokenPolicy(engine, { reader });
    };
  };
  return { policy: `${policy}, runs shared`, together: TOGETHER, open };
};

/** Seconds of the robots' time that a second of the processor's is worth. */
const speedOf = async (
  context: BenchContext,
  { together, open }: Fleet,
  seed: number,
): Promise<number> => {
  const runs = await Promise.all(
    Array.from({ length: together }, (_, robot) =>
      openSimulatedRun(context, {
        pace: "fast",
        seed: seed * TOGETHER + robot,
        openPolicy: open(robot),
      }),
    ),
  );
  const startS = cpuS();
  const reports = await Promise.all(runs.map((run) => run.run()));
  const spentS = cpuS() - startS;
  for (const run of runs) await run[Symbol.asyncDispose]();
  return reports.reduce((sum, { timeMs }) => sum + timeMs / 1000, 0) / spentS;
};

export const bench = async (context: BenchContext): Promise<BenchTable[]> => {
  const { policy, rounds, seconds, seed } = context;
  const teacher = `teacher:${TASKS.join("+")}`;
  const alone = (name: string, open: PolicyFactory): Fleet => ({
    policy: name,
    together: 1,
    open: () => open,
  });
  const shelf = await mkdtemp(join(tmpdir(), "efference-bench-"));
  const shared = await batched(context, shelf).finally(() => rm(shelf, { recursive: true }));
  const fleets = [
    alone("nobody", openIdle),
    alone(teacher, (_, lesson) => openPolicy(teacher, lesson)),
    ...(policy.startsWith("teacher:") ? [] : [alone(policy, policyOpener())]),
    ...(shared ? [shared] : []),
  ];
  const robots = fleets.map((): number[] => []);
  for (let round = 0; round <= rounds; round++)
    for (const [index, fleet] of fleets.entries()) {
      const speed = await speedOf(context, fleet, seed + round);
      if (round > 0) robots[index]!.push(speed); // the first one warms
    }
  const idle = median(robots[0]!).value;
  return [
    {
      title: "simulated robots in real time on one core",
      method: `session time by processor time, lockstep, ${rounds} rounds of ${seconds} s in turns, medians; reach: 20 with a policy`,
      rows: fleets.map(({ policy: name, together }, index) => {
        const { value, interval } = median(robots[index]!);
        const byNobody = rounded(value / idle, 3);
        return { policy: name, together, robots: value, interval, n: rounds, byNobody };
      }),
    },
  ];
};

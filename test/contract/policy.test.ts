// The policies, each held to the contract of policy.ts: those that speak in tokens and those that don't.
import { listPolicies, policyOpener } from "../../src/cli/open-policy.ts";
import type { Policy } from "../../src/core/ports.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { EmbeddingPolicy } from "../../src/policy/embedding-policy.ts";
import { type RecordedAnswer, RecordedPolicy } from "../../src/policy/recorded.ts";
import { Teacher } from "../../src/policy/teacher.ts";
import { TokenPolicy } from "../../src/policy/token-policy.ts";
import { PhraseWriter } from "../../src/tokens/phrases.ts";
import { buildVocabulary } from "../../src/tokens/vocabulary.ts";
import { HEAD_NAMES } from "../../src/training/embedding-model.ts";
import { writeEmbeddingPolicy } from "../unit/policy/embedding-fixture.ts";
import { writePolicy } from "../unit/policy/policy-fixture.ts";
import { describePolicy, type PolicyCase } from "./policy.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const caseOf = (open: PolicyCase["open"]) => (): PolicyCase => ({ robot, vocabulary, open });

describePolicy(
  "a teacher",
  caseOf(async (oracle) => new Teacher({ name: "teacher:track", robot, vocabulary, oracle })),
);

const nod = new PhraseWriter(robot, vocabulary).act("nod", "urgent").end();
const turn = new Float32Array(25 * robot.servos.length).fill(5);
const recorded: readonly RecordedAnswer[] = [
  { timeNs: 700e6, answer: nod },
  { timeNs: 1000e6, answer: turn },
];
describePolicy(
  "a recording of tokens and of degrees",
  caseOf(async () => new RecordedPolicy(recorded)),
);

const tokens = writePolicy(robot);
describePolicy(
  "the token policy",
  caseOf((): Promise<Policy> =>
    TokenPolicy.open({ folder: tokens, robot, vocabulary, temperature: 2, seed: 1 }),
  ),
);

for (const head of HEAD_NAMES) {
  const folder = writeEmbeddingPolicy(robot, head);
  describePolicy(
    `the embedding policy with the head ${head}`,
    caseOf((): Promise<Policy> => EmbeddingPolicy.open({ folder, robot, vocabulary, seed: 1 })),
  );
}

for (const name of listPolicies())
  describePolicy(
    `${name}, which ships,`,
    caseOf((oracle) => policyOpener()(name, { robot, vocabulary, cues: [], oracle })),
  );

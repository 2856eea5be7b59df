// efference info: what a robot, a policy, a session or a vocabulary is.
import type { Command } from "commander";
import {
  calibrated,
  calibrationFile,
  type Calibration,
  readCalibration,
} from "../core/calibration.ts";
import { UsageError } from "../core/errors.ts";
import { listRobots, loadRobot } from "../core/robot-file.ts";
import { pulseLimits, reachOf, type Robot } from "../core/robot.ts";
import { isoTime } from "../core/clock.ts";
import { skillsOf, TEACHERS } from "../policy/teacher.ts";
import { findPolicy, listPolicies } from "./open-policy.ts";
import { readCard } from "../policy/policy-folder.ts";
import { SessionReader } from "../session/session-reader.ts";
import { buildVocabulary } from "../tokens/vocabulary.ts";
import { printJson, printLine, type Row, table } from "./output.ts";

const EXAMPLES = `
Examples:
  efference info robot duo          servos, limbs, sensors, acts
  efference info vocabulary duo     the ranges of token ids, and their hash
  efference info session FILE       what a recording holds, and its content hash
  efference info policy teacher:obey`;

interface Info {
  readonly json: unknown;
  readonly rows: readonly Row[];
}

export const add = (program: Command): void => {
  program
    .command("info")
    .description("describe a robot, a policy, a session or a vocabulary")
    .argument("<kind>", "robot | policy | session | vocabulary")
    .argument("<name>", `a robot (${listRobots().join(", ")}), a policy or a session file`)
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (kind: string, name: string, { json }: { json: boolean }) => {
      const describe = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
      if (!describe)
        throw new UsageError(
          `info ${kind}: found "${kind}", expected one of ${Object.keys(KINDS).join(", ")}`,
        );
      const info = await describe(name);
      if (json) printJson(info.json);
      else printLine(table(info.rows));
    });
};

const robotInfo = (name: string): Info => {
  const robot = loadRobot(name);
  const { file, servos, limbs, sensors, acts, paces, timeouts, policyRateHz } = robot;
  const calibration = readCalibration(robot);
  const vocabulary = buildVocabulary(robot);
  return {
    json: {
      name,
      file,
      servos,
      limbs,
      sensors,
      acts,
      paces,
      timeouts,
      policyRateHz,
      vocabulary: vocabulary.hash,
      ...(calibration && { calibration }),
    },
    rows: [
      [file],
      [],
      ["servo", "pin", "degrees", "rest", "pulse us", "deg/s"],
      ...servos.map((s) => [
        s.name,
        s.controller === undefined ? s.pin : `${s.controller} ${s.pin}`,
        `${s.angleDeg[0]}..${s.angleDeg[1]}`,
        s.restDeg,
        `${s.pulseUs[0]}-${s.pulseUs[1]}`,
        s.maxSpeedDegPerS,
      ]),
      ...calibrationRows(robot, calibration),
      [],
      ["sensor", "kind", "rate Hz", "codec"],
      ...sensors.map((s) => [s.name, s.kind, s.rateHz, s.codec.type]),
      [],
      [
        "limbs",
        Object.entries(limbs)
          .map(([limb, names]) => `${limb}: ${names.join(" ")}`)
          .join("; "),
      ],
      ["acts", Object.keys(acts).join(" ")],
      [
        "paces",
        Object.entries(paces)
          .map(([pace, scale]) => `${pace} x${scale}`)
          .join(" "),
      ],
      ["vocabulary", `${vocabulary.size} ids, ${vocabulary.hash}`],
    ],
  };
};

/** Of a robot that was calibrated: what bodies on a wire take instead. */
const calibrationRows = (robot: Robot, calibration: Calibration | undefined): Row[] => {
  if (calibration === undefined) return [];
  const { servos } = calibrated(robot, calibration);
  const degrees = (deg: number): string => String(Math.round(deg * 10) / 10);
  return [
    [],
    ["as calibrated", calibrationFile(robot)],
    ["servo", "degrees", "trim", "limits us", "turns"],
    ...servos
      .filter(({ name }) => name in calibration)
      .map((servo): Row => [
        servo.name,
        reachOf(servo).map(degrees).join(".."),
        degrees(servo.trimDeg),
        pulseLimits(servo).join("-"),
        servo.direction === 1 ? "with the pulse" : "against it",
      ]),
  ];
};

const vocabularyInfo = (name: string): Info => {
  const vocabulary = buildVocabulary(loadRobot(name));
  return {
    json: vocabulary,
    rows: [
      [`version ${vocabulary.version}`, `hash ${vocabulary.hash}`, `${vocabulary.size} ids`],
      [],
      ["range", "modality", "first", "last", "codec"],
      ...vocabulary.ranges.map((r) => [r.name, r.modality, r.start, r.start + r.size - 1, r.codec]),
    ],
  };
};

const policyInfo = async (name: string): Promise<Info> => {
  if (name.startsWith("teacher:")) {
    const skills = skillsOf(name);
    return {
      json: { name, kind: "teacher", skills },
      rows: [[name, "scripted teacher", skills.join(", ")]],
    };
  }
  const folder = findPolicy(name);
  if (folder === undefined)
    throw new UsageError(
      `info policy ${name}: no such policy; there are ${[...listPolicies(), ...TEACHERS].join(", ")}, teachers joined by +, and paths of policy folders`,
    );
  const card = await readCard(folder);
  const { training, metrics, model, data, limits } = card;
  const facts = (record: object): Row[] =>
    Object.entries(record)
      .filter(([, value]) => typeof value !== "object")
      .map(([key, value]) => [`  ${key}`, String(value)]);
  return {
    json: { folder, ...card },
    rows: [
      ["policy", folder],
      ["robot", `${card.robot}, vocabulary ${card.vocabulary.hash}`],
      ["data", `${data.description}; ${data.licence}`],
      ["limits", limits.join("; ")],
      [],
      ["model"],
      ...facts(model),
      [],
      ["training"],
      ...facts(training),
      [],
      ["metrics"],
      ...facts(metrics),
    ],
  };
};

const sessionInfo = async (file: string): Promise<Info> => {
  const reader = await SessionReader.open(file);
  const { header } = reader;
  const summary = await reader.summary();
  const { robotName, policy, seed, pace, body, versions, gitCommit, origin, partsNs } = header;
  const startedAt = isoTime(header.startedAtNs);
  return {
    json: {
      file,
      robot: robotName,
      policy,
      seed,
      pace,
      body,
      startedAt,
      versions,
      gitCommit,
      ...(origin !== undefined && { origin }),
      ...(partsNs !== undefined && { partsNs }),
      ...summary,
    },
    rows: [
      ["robot", robotName],
      ["body", body],
      ["policy", policy],
      ...(origin === undefined ? [] : [["made of", origin]]),
      ["seed", seed],
      ["pace", pace],
      ["started", startedAt],
      ["duration", `${(summary.durationNs / 1e9).toFixed(1)} s`],
      ["size", `${(summary.bytes / 1e6).toFixed(2)} MB`],
      ["whole", summary.complete ? "yes" : `no: efference recover ${file}`],
      ["content", summary.contentHash],
      [
        "versions",
        Object.entries(versions)
          .map(([k, v]) => `${k} ${v}`)
          .join(", "),
      ],
      ["commit", gitCommit ?? "unknown"],
      [],
      ["topic", "messages"],
      ...Object.entries(summary.byTopic).map(([topic, count]) => [topic, count] as const),
      ["all", summary.messages],
    ],
  };
};

const KINDS: Readonly<Record<string, (name: string) => Info | Promise<Info>>> = {
  robot: robotInfo,
  policy: policyInfo,
  session: sessionInfo,
  vocabulary: vocabularyInfo,
};

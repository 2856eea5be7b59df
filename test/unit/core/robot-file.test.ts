// Every way we know to get robot.yaml wrong, and what the writer is told about it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { RobotFileError } from "../../../src/core/errors.ts";
import { listRobots, loadRobot, packageRoot, parseRobot } from "../../../src/core/robot-file.ts";
import { MINIMAL, SCENE } from "./minimal-robot.ts";

const problemsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof RobotFileError) return error.problems;
    throw error;
  }
  return [];
};

const parse = (text: string, sceneSource = SCENE) =>
  parseRobot({ text, file: "robot.yaml", sceneSource });

/** The minimal robot with the first `from` changed. */
const changed = (from: string, to: string): string => {
  if (!MINIMAL.includes(from)) throw new Error(`the minimal robot has no ${from}`);
  return MINIMAL.replace(from, () => to);
};

describe("a complete robot", () => {
  test("parses without a problem and fills in the defaults", () => {
    const robot = parse(MINIMAL);
    expect(robot.name).toBe("mini");
    expect(robot.servos.map((servo) => [servo.trimDeg, servo.direction])).toEqual([
      [0, 1],
      [0, -1],
    ]);
    expect(robot.motion.levels).toBe(255);
    expect(robot.policyRateHz).toBe(20);
    expect(robot.source).toBe(MINIMAL);
    expect(robot.sceneSource).toBe(SCENE);
  });
});

/** [what is written, what is written instead, the one problem it makes] */
const MALFORMED: readonly (readonly [string, string, string])[] = [
  // values of the wrong kind or size
  ["pin: 9", "pin: 1", "5: servos[0].pin: found pin 1; write one of 2 to 69"],
  ["pin: 9", "pin: nine", '5: servos[0].pin: found "nine"; write a whole number'],
  ["pin: 9", "pin:", "5: servos[0].pin: found nothing; write a whole number"],
  ["    pin: 9\n", "", "4: servos[0].pin: missing; write a whole number"],
  [
    "name: mini",
    "name: Mini",
    '1: name: found "Mini"; write a name of small letters, digits and _',
  ],
  [
    "pulseUs: [500, 2500]",
    "pulseUs: [500, 25000]",
    "6: servos[0].pulseUs[1]: found 25000; write a number from 400 to 2600 (microseconds)",
  ],
  [
    "pulseUs: [500, 2500]",
    "pulseUs: [500]",
    "6: servos[0].pulseUs: found a list of 1; write [a number from 400 to 2600, a number from 400 to 2600] (microseconds)",
  ],
  [
    "angleDeg: [-90, 90]",
    "angleDeg: [90, -90]",
    "7: servos[0].angleDeg: found the empty range [90,-90]; write [smaller, larger]",
  ],
  ["direction: -1", "direction: 2", "16: servos[1].direction: found 2; write 1 or -1"],
  [
    "maxSpeedDegPerS: 240",
    "maxSpeedDegPerS: 0",
    "9: servos[0].maxSpeedDegPerS: found 0; write a number above 0, at most 1000 (degrees per second)",
  ],
  [
    "chunkMs: 500\n  coefficients: 4",
    "chunkMs: 33\n  coefficients: 1",
    "50: motion.chunkMs: found 33; write a whole number from 40 to 2000, a multiple of 20 (milliseconds)",
  ],
  ["fast: 0.6", "fast: 60", "47: paces.fast: found 60; write a number from 0.1 to 10"],
  [
    "atMs: 400",
    "atMs: soon",
    '41: acts.wave.keyframes[0].atMs: found "soon"; write a number above 0, at most 20000 (milliseconds)',
  ],
  [
    "holdMs: 250",
    "holdMs: 2500",
    "53: timeouts: found times out of order; write holdMs < restMs < limpMs",
  ],
  [
    "coefficients: 4",
    "levels: 4",
    "51: motion.levels: found an even number; write an odd one, so that zero (hold) is a level",
  ],
  [
    "{ speedDegPerS: 30, durationMs: 1500 }",
    "[]",
    "52: softStart: found an empty list; write a map with the keys speedDegPerS, durationMs",
  ],
  [
    "range: [0, 100]",
    "range: [0, 100]\n    analogPin: 6",
    "36: sensors[2].analogPin: found 6; write a whole number from 0 to 5",
  ],
  // choices and keys
  [
    "kind: microphone",
    "kind: micropone",
    '23: sensors[0].kind: found "micropone"; did you mean microphone? write one of microphone, camera, heat, distance, touch, joints',
  ],
  [
    "    kind: microphone\n",
    "",
    "22: sensors[0].kind: missing; write one of microphone, camera, heat, distance, touch, joints",
  ],
  [
    "type: uniform",
    "type: unifrom",
    '36: sensors[2].codec.type: found "unifrom"; did you mean uniform? write one of uniform, mulaw, quantile',
  ],
  [
    "codec: dct",
    "codec: dtc",
    '49: motion.codec: found "dtc"; did you mean dct? write one of dct, bins',
  ],
  [
    "direction: -1",
    "directoin: -1",
    "16: servos[1].directoin: found an unknown key; did you mean direction? write one of controller, address, trimDeg, direction, limitUs, or remove it",
  ],
  ["{ hold: true }", "{ hold: true, says: 3 }", "43: acts.stay.says: found 3; write text"],
  [
    "    keyframes:",
    "    keyframe:",
    "38: acts.wave: found none of the kinds of act; write keyframes: [...], hold: true or rest: true (the last two with an optional durationMs)",
  ],
  [
    "  stay: {",
    "  Stay It: {",
    '43: acts.Stay It: found the name "Stay It"; write a name of small letters, digits and _',
  ],
  // what does not fit together
  [
    "pin: 10",
    "pin: 9",
    "12: servos[1].pin: found pin 9, which left (servos[0]) has already; write a free pin",
  ],
  [
    "name: warmth",
    "name: eye",
    "32: sensors[2].name: found eye as a sensor, but a sensor has this name already; write another, since each names a token",
  ],
  [
    "range: [0, 100]\n    codec: { type: uniform, levels: 64 }",
    `range: [0, 100]
    analogPin: 2
    codec: { type: uniform, levels: 64 }
  - { name: chill, kind: heat, rateHz: 5, range: [0, 1], analogPin: 2, codec: { type: uniform, levels: 64 } }`,
    "38: sensors[3].analogPin: found A2, which warmth has already; write a free one of 0 to 5",
  ],
  [
    "name: warmth",
    "name: self",
    "32: sensors[2].name: found self as a sensor, but what the robot itself did has this name already; write another, since each names a token",
  ],
  [
    "  stay:",
    "  ear:",
    "43: acts.ear: found ear as an act, but a sensor has this name already; write another, since each names a token",
  ],
  [
    "  arms:",
    "  eye:",
    "20: limbs.eye: found eye as a limb, but a sensor has this name already; write another, since each names a token",
  ],
  [
    "restDeg: 0",
    "restDeg: 100",
    "8: servos[0].restDeg: found 100 degrees, outside angleDeg [-90, 90] of left; write an angle inside",
  ],
  [
    "restDeg: 0",
    "restDeg: 80\n    trimDeg: 20",
    "9: servos[0].trimDeg: found 20 degrees, which makes the rest pose of left (80) a pulse of 2611 us, outside pulseUs [500, 2500]; write a trim from -170 to 10, or move restDeg",
  ],
  [
    "direction: -1",
    "direction: -1\n    trimDeg: -30",
    "", // well inside: the twin of the case above
  ],
  [
    "left: 60 ",
    "left: 600 ",
    "41: acts.wave.keyframes[0].poseDeg.left: found 600 degrees, outside angleDeg [-90, 90] of left; write an angle inside",
  ],
  [
    "left: 60 ",
    "lefft: 60 ",
    "41: acts.wave.keyframes[0].poseDeg.lefft: found no servo lefft; did you mean left? write one of left, right",
  ],
  [
    "atMs: 400",
    "atMs: 800",
    "42: acts.wave.keyframes[1].atMs: found 800 after 800 milliseconds; write the keyframes in increasing order of atMs",
  ],
  [
    "[left, right]",
    "[left]",
    "11: servos[1].name: found right in no limb; add it to one of limbs: arms",
  ],
  [
    "[left, right]",
    "[left, right]\n  legs: [left]",
    "21: limbs.legs[0]: found left, which limb arms has already; keep a servo in exactly one limb",
  ],
  [
    "[left, right]",
    "[left, right, rigt]",
    "20: limbs.arms[2]: found no servo rigt; did you mean right? write one of left, right",
  ],
  [
    "  normal: 1",
    "  usual: 1",
    "45: paces: found no pace normal among usual, fast; write normal: 1",
  ],
  [
    "width: 64",
    "width: 60",
    "29: sensors[1].width: found 60 pixels, no multiple of patch 16; write 64",
  ],
  [
    "height: 64",
    "height: 100",
    "30: sensors[1].height: found 100 pixels, no multiple of patch 16; write 96",
  ],
  [
    "chunkMs: 500",
    "chunkMs: 60",
    "51: motion.coefficients: found 4, more than the 3 servo frames of a chunk of 60 milliseconds; write at most 3",
  ],
  [
    "{ type: uniform, levels: 64 }",
    "{ type: quantile, edges: [1, 3, 2] }",
    "36: sensors[2].codec.edges[2]: found 2 after 3; write the edges in increasing order",
  ],
  [
    "rateHz: 16000",
    "rateHz: 11025",
    "24: sensors[0].rateHz: found 11025 hertz, no whole number of samples in a block of 20 milliseconds; write 11050",
  ],
  // YAML itself
  [
    "    restDeg: 0",
    "\trestDeg: 0",
    "8: YAML: found a tab as indentation; write spaces, two a level",
  ],
  [
    "    restDeg: 0",
    "    restDeg: 0\n    pin: 7",
    "9: servos[0].pin: found this key twice, first on line 5; keep one of them",
  ],
  [
    "name: mini",
    "name: mini: robot",
    '1: YAML: found a second ": " after a value; put text that holds ": " in quotes, or align the next line with its neighbours',
  ],
  [
    "pin: 9",
    "pin:9",
    '5: YAML: found a line that is no "key: value"; write a space after the colon, or align the line with its neighbours',
  ],
  [
    "limpMs: 5000 }",
    "limpMs: 5000 }\n---\nname: another",
    '54: YAML: found a second document; keep one robot a file and remove the "---"',
  ],
];

describe("a malformed robot.yaml", () => {
  test.each(MALFORMED)("with %j written as %j is told so", (from, to, problem) => {
    const problems = problemsOf(() => parse(changed(from, to)));
    expect(problems).toEqual(problem === "" ? [] : [`robot.yaml:${problem}`]);
  });

  test("gets all its problems at once, in the order of their lines", () => {
    const text = changed("left: 60 ", "lefft: 60 ")
      .replace("pin: 9", "pin: 99")
      .replace("  normal: 1", "  usual: 1")
      .replace("scene:", "scenes:");
    const lines = problemsOf(() => parse(text)).map((problem) => problem.split(": ")[0]);
    expect(lines).toEqual([1, 2, 5, 41, 45].map((line) => `robot.yaml:${line}`));
  });

  test("of any kind at all ends in lines to mend, never in another error", () => {
    const lines = MINIMAL.split("\n");
    const junk = fc.oneof(
      fc.constantFrom(
        "",
        "[]",
        "{}",
        "~",
        "- x",
        "&a",
        "*a",
        "!!map",
        "<<: *a",
        "'",
        "#",
        "1e999",
        ".nan",
      ),
      fc.string(),
    );
    const edit = fc.record({
      line: fc.nat(lines.length - 1),
      keep: fc.nat(60),
      put: junk,
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const text = [...lines];
        for (const { line, keep, put, drop } of edits)
          text[line] = drop ? put : text[line]!.slice(0, keep) + put;
        for (const problem of problemsOf(() => parse(text.join("\n"))))
          expect(problem).toMatch(/^robot\.yaml:\d+: [^:]*.*: (found|missing|[A-Z]).*[;?]/);
      }),
      { numRuns: 300 },
    );
  });

  test("is told which servo name it uses twice", () => {
    const [first] = problemsOf(() => parse(changed("name: right", "name: left")));
    expect(first).toBe(
      "robot.yaml:11: servos[1].name: found left, which servos[0] has already; write another name",
    );
  });

  test.each([
    ["", "found nothing"],
    ["# only a comment\n", "found nothing"],
    ["- name: mini\n", "found a list of 1"],
    ["mini\n", 'found "mini"'],
  ])("that is no map (%j) is told what a robot starts with", (text, found) => {
    expect(problemsOf(() => parse(text))).toEqual([
      `robot.yaml:1: the file: ${found}; write a map that starts with "name:"`,
    ]);
  });

  test("names the line of an anchored value, and follows aliases", () => {
    const text = changed("poseDeg: { left: 60 }", "poseDeg: &up { left: 600 }").replace(
      "poseDeg: { left: -60, right: 10 }",
      "poseDeg: *up",
    );
    const lines = problemsOf(() => parse(text)).map((problem) => problem.split(": ")[0]);
    expect(lines).toEqual(["robot.yaml:41", "robot.yaml:41"]);
  });

  test("is told of an alias that leads nowhere", () => {
    const [problem] = problemsOf(() => parse(changed("pin: 9", "pin: *free")));
    expect(problem).toBe(
      "robot.yaml:5: YAML: found *free, which names no anchor above it; write the value itself",
    );
  });
});

describe("the scene", () => {
  const folder = mkdtempSync(join(tmpdir(), "efference-robot-"));
  const file = join(folder, "robot.yaml");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is read from beside the robot", () => {
    writeFileSync(file, MINIMAL);
    writeFileSync(join(folder, "scene.xml"), "<mujoco model='x'/>");
    for (const path of [file, folder]) {
      const robot = loadRobot(path);
      expect(robot.sceneSource).toBe("<mujoco model='x'/>");
      expect(robot.sceneFile).toBe(join(folder, "scene.xml"));
      expect(robot.file).toBe(file);
    }
  });

  test("that is missing is told where it was looked for, and what is near", () => {
    writeFileSync(file, changed("scene.xml", "scen.xml"));
    writeFileSync(join(folder, "scene.xml"), SCENE);
    expect(problemsOf(() => loadRobot(file))).toEqual([
      `${file}:2: scene: found no file ${join(folder, "scen.xml")}; did you mean scene.xml?`,
    ]);
  });

  test("that is no MJCF is refused with what it starts with", () => {
    expect(problemsOf(() => parse(MINIMAL, "<robot name='urdf'>\n</robot>"))[0]).toMatch(
      /^robot\.yaml:2: scene: found "<robot name='urdf'>" at the start of .*scene\.xml, no MJCF; write a scene with <mujoco>/,
    );
  });

  test("of an attachment is used without touching a file", () => {
    const robot = parseRobot({ text: MINIMAL, file: "/nowhere/robot.yaml", sceneSource: SCENE });
    expect(robot.sceneFile).toBe("/nowhere/scene.xml");
  });

  test("of a folder without a robot.yaml is not looked for", () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expect(problemsOf(() => loadRobot(empty))[0]).toContain(`no robot.yaml in ${empty}`);
  });
});

describe("the robots of the package", () => {
  test("are listed by name and all load", () => {
    expect(listRobots()).toContain("duo");
    for (const name of listRobots()) {
      const robot = loadRobot(name);
      expect(robot.file).toBe(join(packageRoot, "models", "robots", name, "robot.yaml"));
    }
  });

  test("are suggested for a name that is not among them", () => {
    const [problem] = problemsOf(() => loadRobot("duoo"));
    expect(problem).toContain("found no robot duoo");
    expect(problem).toContain("did you mean duo? write one of");
  });
});

// Reads robot.yaml and its MJCF scene. Whatever is wrong comes out at once, one line a problem, with
// the line of the file it stands on: the file is written by people, and mended by them.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RobotFileError } from "./errors.ts";
import { crossCheck } from "./robot-checks.ts";
import { type Robot, robotSchema } from "./robot.ts";
import { explain, flatten, show } from "./schema-words.ts";
import { adviseOneOf, nearest } from "./suggest.ts";
import { type Path, type Problem, YamlText, pathText } from "./yaml-text.ts";

/** The folder that holds models/; this file lies two folders below it in src/ and in dist/. */
export const packageRoot: string = fileURLToPath(new URL("../..", import.meta.url));

const robotsFolder = join(packageRoot, "models", "robots");

/** The names of the robots that come with the program, in alphabetical order. */
export const listRobots = (): string[] =>
  readdirSync(robotsFolder)
    .filter((name) => existsSync(join(robotsFolder, name, "robot.yaml")))
    .sort();

/**
 * Loads a robot by its name ("duo"), by the folder that holds its robot.yaml, or by that file.
 * @throws RobotFileError with every problem found
 */
export const loadRobot = (nameOrPath: string): Robot => {
  const file = findRobotFile(nameOrPath);
  return parseRobot({ text: readFileSync(file, "utf8"), file });
};

const findRobotFile = (nameOrPath: string): string => {
  const robots = listRobots();
  if (robots.includes(nameOrPath)) return join(robotsFolder, nameOrPath, "robot.yaml");
  const path = resolve(nameOrPath);
  const stat = statSync(path, { throwIfNoEntry: false });
  const file = stat?.isDirectory() ? join(path, "robot.yaml") : path;
  if (stat !== undefined && existsSync(file)) return file;
  const found =
    stat === undefined ? `and no file or folder ${path}` : `and no robot.yaml in ${path}`;
  throw new RobotFileError(nameOrPath, [
    `found no robot ${nameOrPath} ${found}; ${adviseOneOf(nameOrPath, robots)}, or the path of a robot.yaml`,
  ]);
};

/**
 * Reads a robot from its text. Without `sceneSource` the scene is read from beside `file`; with it
 * (a session's attachment) no file is touched.
 * @throws RobotFileError with every problem found
 */
export const parseRobot = (options: {
  readonly text: string;
  readonly file: string;
  readonly sceneSource?: string;
}): Robot => {
  const { text: source, file } = options;
  const yaml = new YamlText(source);
  if (yaml.syntaxProblem !== undefined) throw refusal(file, [yaml.syntaxProblem]);

  const problems: Problem[] = [...yaml.duplicates];
  const report = (path: Path, text: string): void => {
    problems.push({ line: yaml.lineOf(path), where: pathText(path), text });
  };
  if (typeof yaml.value !== "object" || yaml.value === null || Array.isArray(yaml.value)) {
    report([], `found ${show(yaml.value)}; write a map that starts with "name:"`);
    throw refusal(file, problems);
  }
  const parsed = robotSchema.safeParse(yaml.value, { error: explain });
  for (const issue of flatten(parsed.error?.issues ?? [])) report(issue.path, issue.text);
  for (const finding of crossCheck(yaml.value)) report(finding.path, finding.text);
  const scene = readScene(file, yaml.value, options.sceneSource);
  if (scene.problem !== undefined) report(["scene"], scene.problem);
  if (parsed.data === undefined || problems.length > 0) throw refusal(file, problems);
  return { ...parsed.data, file, source, sceneFile: scene.file, sceneSource: scene.source };
};

const refusal = (file: string, problems: Problem[]): RobotFileError => {
  problems.sort((a, b) => a.line - b.line);
  const lines = problems.map(({ line, where, text }) =>
    `${file}:${line}: ${where}: ${text}`.replaceAll(/\s*[\r\n]\s*/g, " "),
  );
  return new RobotFileError(file, [...new Set(lines)]); // two bounds broken at once read the same
};

const readScene = (
  robotFile: string,
  { scene }: { readonly scene?: unknown },
  given: string | undefined,
): { file: string; source: string; problem?: string } => {
  if (typeof scene !== "string") return { file: "", source: "" }; // the schema says so
  const folder = dirname(resolve(robotFile));
  const file = resolve(folder, scene);
  let source = given;
  if (source === undefined) {
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      const beside = existsSync(dirname(file))
        ? readdirSync(dirname(file)).filter((name) => name.endsWith(".xml"))
        : [];
      const near = nearest(basename(file), beside);
      const advice =
        near === undefined
          ? "write the name of an MJCF file beside robot.yaml"
          : `did you mean ${near}?`;
      return { file, source: "", problem: `found no file ${file}; ${advice}` };
    }
    source = readFileSync(file, "utf8");
  }
  if (source.includes("<mujoco")) return { file, source };
  const start = source.trimStart().slice(0, 30).split("\n")[0]!;
  return {
    file,
    source,
    problem: `found ${show(start)} at the start of ${file}, no MJCF; write a scene with <mujoco> as its root`,
  };
};

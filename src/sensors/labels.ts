// Reads labels.csv, which says what is spoken in the sound files beside it: one row a file, with the
// act it asks for and the pace it asks it at. The order of the rows is the order of the demo.
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SensorError } from "../core/errors.ts";
import type { RobotDescription } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";

export interface Label {
  readonly act: string;
  readonly pace: string;
}

/** What is spoken in each file, by its absolute path, in the order of the rows. */
export type Labels = ReadonlyMap<string, Label>;

const HEADER = "file,act,pace";

/** The fields of one line of RFC 4180; a quoted field may hold commas and doubled quotes. */
const fieldsOf = (line: string): string[] =>
  Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"'),
  );

/**
 * Reads labels; with a robot, refuses acts and paces that it does not have.
 * @throws SensorError `file:line: found; expected` for the first row that can't be used
 */
export const readLabels = (file: string, robot?: RobotDescription): Labels => {
  if (!existsSync(file))
    throw new SensorError(`labels ${file}: found no such file; check its name`);
  const labels = new Map<string, Label>();
  const lines = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const refuse = (found: string): never => {
      throw new SensorError(`${file}:${index + 1}: ${found}`);
    };
    if (index === 0) {
      if (fieldsOf(line).join() !== HEADER)
        refuse(`found ${JSON.stringify(line)}; expected the header ${HEADER}`);
      continue;
    }
    if (line.trim() === "") continue;
    const fields = fieldsOf(line);
    const [name = "", act = "", pace = ""] = fields;
    const path = resolve(dirname(file), name);
    if (fields.length !== 3)
      refuse(`found ${fields.length} fields; expected the three of ${HEADER}`);
    if (fields.includes("")) refuse(`found an empty field; expected all three of ${HEADER}`);
    if (labels.has(path)) refuse(`found ${name} a second time; expected one row a file`);
    if (robot !== undefined && !(act in robot.acts))
      refuse(`found no act ${act}; ${adviseOneOf(act, Object.keys(robot.acts))}`);
    if (robot !== undefined && !(pace in robot.paces))
      refuse(`found no pace ${pace}; ${adviseOneOf(pace, Object.keys(robot.paces))}`);
    labels.set(path, { act, pace });
  }
  return labels;
};

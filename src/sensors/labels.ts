// Reads labels.csv, which says what is spoken in the sound files beside it: one row a file, with the
// act it asks for and, where they are known, the pace it asks for and who speaks. The order of the
// rows is the order of the demo.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SensorError } from "../core/errors.ts";
import type { RobotDescription } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";

export interface Label {
  readonly act: string;
  /** Absent where any pace will do. */
  readonly pace?: string;
  readonly speaker?: string;
}

/** What is spoken in each file, by its absolute path, in the order of the rows. */
export type Labels = ReadonlyMap<string, Label>;

const REQUIRED = ["file", "act"];
const OPTIONAL = ["pace", "speaker"];
const EXPECTED = "file,act, then pace and speaker or one of them or neither";

/** The fields of one line of RFC 4180; a quoted field may hold commas and doubled quotes. */
const fieldsOf = (line: string): string[] =>
  Array.from(`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"'),
  );

const isHeader = (columns: readonly string[]): boolean =>
  REQUIRED.every((name, i) => columns[i] === name) &&
  columns.slice(REQUIRED.length).every((name) => OPTIONAL.includes(name)) &&
  new Set(columns).size === columns.length;

/**
 * Reads labels; with a robot, refuses acts and paces that it does not have.
 * @throws SensorError `file:line: found; expected` for the first row that can't be used
 */
export const readLabels = (file: string, robot?: RobotDescription): Labels => {
  if (!existsSync(file))
    throw new SensorError(`labels ${file}: found no such file; check its name`);
  if (statSync(file).isDirectory())
    throw new SensorError(`labels ${file}: found a folder; write the CSV file in it`);
  const labels = new Map<string, Label>();
  const [header = "", ...rows] = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  const columns = fieldsOf(header);
  if (!isHeader(columns))
    throw new SensorError(
      `${file}:1: found ${JSON.stringify(header)}; expected the header ${EXPECTED}`,
    );
  for (const [index, line] of rows.entries()) {
    const refuse = (found: string): never => {
      throw new SensorError(`${file}:${index + 2}: ${found}`);
    };
    if (line.trim() === "") continue;
    const fields = fieldsOf(line);
    if (fields.length !== columns.length)
      refuse(`found ${fields.length} fields; expected the ${columns.length} of ${columns.join()}`);
    const cell = (name: string): string => fields[columns.indexOf(name)] ?? "";
    const [name, act, pace, speaker] = [cell("file"), cell("act"), cell("pace"), cell("speaker")];
    for (const required of REQUIRED)
      if (cell(required) === "") refuse(`found no ${required}; write one`);
    const path = resolve(dirname(file), name);
    if (labels.has(path)) refuse(`found ${name} a second time; expected one row a file`);
    if (robot !== undefined && !Object.hasOwn(robot.acts, act))
      refuse(`found no act ${act}; ${adviseOneOf(act, Object.keys(robot.acts))}`);
    if (robot !== undefined && pace !== "" && !Object.hasOwn(robot.paces, pace))
      refuse(
        `found no pace ${pace}; ${adviseOneOf(pace, Object.keys(robot.paces))}, or nothing where any will do`,
      );
    labels.set(path, { act, ...(pace !== "" && { pace }), ...(speaker !== "" && { speaker }) });
  }
  return labels;
};

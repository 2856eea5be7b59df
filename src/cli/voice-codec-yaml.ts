// A fitted voice codec as YAML for robot.yaml. In flow style and indented deeply, so that it can take the
// place of `codec: {...}` inside a block and inside braces alike.
import type { Microphone } from "../core/robot.ts";

export type VoiceCodec = Microphone["codec"];

const INDENT = " ".repeat(8);

/** `comment` goes before it, a line each. */
export const voiceCodecYaml = (codec: VoiceCodec, comment: readonly string[] = []): string => {
  const { coefficients = [], ...rest } = codec;
  const told = Object.entries(rest).map(([key, value]) => `${key}: ${value}`);
  const rows = coefficients.map((row) => `${INDENT}  [${row.join(", ")}]`);
  return [
    ...comment.map((line) => `# ${line}`),
    `codec: { ${told.join(", ")},`,
    `${INDENT}coefficients: [`,
    rows.join(",\n"),
    `${INDENT}] }`,
    "",
  ].join("\n");
};

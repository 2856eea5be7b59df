// What a session says about itself before its first message: who recorded what, with which robot,
// scene, vocabulary and seed. Short facts are a metadata record, whole files are attachments.
import type { Attachment } from "@mcap/core";
import { SessionError } from "../core/errors.ts";
import type { SceneMove } from "../core/ports.ts";

export interface SessionHeader {
  readonly robotName: string;
  /** The text of robot.yaml. */
  readonly robotFile: string;
  /** The text of the MJCF scene. */
  readonly sceneFile: string;
  readonly vocabularyJson: string;
  readonly policy: string;
  readonly seed: number;
  readonly pace: "fast" | "realtime";
  /** Wall time of stamp zero, nanoseconds since the Unix epoch. */
  readonly startedAtNs: bigint;
  readonly body: string;
  readonly script: readonly SceneMove[];
  readonly gitCommit?: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Names of the servos in order, for Foxglove's plots; without them they are numbered. */
  readonly servos?: readonly string[];
  /** What it was made of, in words, where it is no recording as it was made: then no replay can compute it again. */
  readonly origin?: string;
  /** Where recordings were put one behind the other: the stamps at which the later ones begin. */
  readonly partsNs?: readonly number[];
}

/** The body of what somebody else recorded, put on a grid of frames: its senses have neither rate nor noise of their own. */
export const IMPORTED_BODY = "imported";

/** Names of the metadata records that open and close a session. */
export const HEADER_METADATA = "efference";
export const END_METADATA = "efference.end";

const FORMAT = "1";
const VERSION = "version.";

export const headerToMetadata = (header: SessionHeader): Map<string, string> =>
  new Map([
    ["format", FORMAT],
    ["robot", header.robotName],
    ["policy", header.policy],
    ["seed", String(header.seed)],
    ["pace", header.pace],
    ["started_at_ns", String(header.startedAtNs)],
    ["body", header.body],
    ...(header.gitCommit === undefined ? [] : [["git_commit", header.gitCommit] as const]),
    ...(header.servos === undefined ? [] : [["servos", JSON.stringify(header.servos)] as const]),
    ...(header.origin === undefined ? [] : [["origin", header.origin] as const]),
    ...(header.partsNs === undefined
      ? []
      : [["parts_ns", JSON.stringify(header.partsNs)] as const]),
    ...Object.entries(header.versions).map(([name, text]) => [VERSION + name, text] as const),
  ]);

export const headerToAttachments = (header: SessionHeader): Attachment[] => {
  const { startedAtNs: logTime } = header;
  const attach = (name: string, mediaType: string, text: string): Attachment => ({
    name,
    mediaType,
    logTime,
    createTime: logTime,
    data: new TextEncoder().encode(text),
  });
  return [
    attach("robot.yaml", "application/yaml", header.robotFile),
    attach("scene.xml", "application/xml", header.sceneFile),
    attach("vocabulary.json", "application/json", header.vocabularyJson),
    attach("script.json", "application/json", JSON.stringify(header.script)),
  ];
};

/** What closes a session: by it a copy can be told from the original. */
export const endMetadata = (messages: number, contentHash: string): Map<string, string> =>
  new Map([
    ["messages", String(messages)],
    ["content_hash", contentHash],
  ]);

/** Throws a SessionError that names what the header of `path` lacks. */
export const headerFrom = (
  path: string,
  metadata: ReadonlyMap<string, string>,
  attachments: ReadonlyMap<string, Uint8Array>,
): SessionHeader => {
  const found = metadata.get("format");
  if (found !== FORMAT)
    throw new SessionError(
      `${path} is an Efference session of format ${found}, this program reads format ${FORMAT}; use the release that recorded it`,
    );
  const fact = (key: string): string => metadata.get(key) ?? lacks(path, `the entry "${key}"`);
  const file = (name: string): string =>
    new TextDecoder().decode(attachments.get(name) ?? lacks(path, `the attachment ${name}`));
  const gitCommit = metadata.get("git_commit");
  const servos = metadata.get("servos");
  const origin = metadata.get("origin");
  const partsNs = metadata.get("parts_ns");
  return {
    robotName: fact("robot"),
    robotFile: file("robot.yaml"),
    sceneFile: file("scene.xml"),
    vocabularyJson: file("vocabulary.json"),
    policy: fact("policy"),
    seed: Number(fact("seed")),
    pace: fact("pace") === "realtime" ? "realtime" : "fast",
    startedAtNs: BigInt(fact("started_at_ns")),
    body: fact("body"),
    script: JSON.parse(file("script.json")) as SceneMove[],
    ...(gitCommit !== undefined && { gitCommit }),
    versions: Object.fromEntries(
      [...metadata]
        .filter(([key]) => key.startsWith(VERSION))
        .map(([key, text]) => [key.slice(VERSION.length), text]),
    ),
    ...(servos !== undefined && { servos: JSON.parse(servos) as string[] }),
    ...(origin !== undefined && { origin }),
    ...(partsNs !== undefined && { partsNs: JSON.parse(partsNs) as number[] }),
  };
};

const lacks = (path: string, what: string): never => {
  throw new SessionError(
    `${path} ends before its header is whole (${what} is missing): nothing had been recorded yet`,
  );
};

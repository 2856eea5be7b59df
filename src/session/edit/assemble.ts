// One session made of pieces of others, one behind the other: stamps follow each other, episodes are numbered anew.
import { SessionError } from "../../core/errors.ts";
import { vocabularyFromJson, vocabularyMismatch } from "../../tokens/vocabulary.ts";
import type { SessionHeader } from "../session-header.ts";
import { SteadyWriter } from "../steady-writer.ts";
import { PieceWriter } from "./piece-writer.ts";
import { type Piece, shiftsOf } from "./source.ts";

/**
 * Writes `path`; `origin` says in words what it is made of.
 * @throws SessionError for pieces of sessions that do not go together
 */
export const assemble = async (
  path: string,
  pieces: readonly Piece[],
  origin: string,
): Promise<void> => {
  const shifts = shiftsOf(pieces);
  await using session = await SteadyWriter.open({ path, header: headerOf(pieces, shifts, origin) });
  let firstIndex = 0;
  for (const [at, piece] of pieces.entries()) {
    const writer = new PieceWriter({ piece, session, byNs: shifts[at]!, firstIndex });
    for await (const record of piece.source.reader.records(piece)) await writer.write(record);
    await writer.end();
    firstIndex += piece.episodes.length;
  }
  await session.close();
};

const headerOf = (
  pieces: readonly Piece[],
  shifts: readonly number[],
  origin: string,
): SessionHeader => {
  const sources = [...new Set(pieces.map(({ source }) => source))];
  refuseStrangers(sources);
  const [first] = pieces;
  const { header } = first!.source.reader;
  const startedAtNs = header.startedAtNs - BigInt(shifts[0]!);
  const partsNs = pieces
    .flatMap(({ startNs, endNs, source }, at) =>
      [
        startNs,
        ...(source.reader.header.partsNs ?? []).filter((ns) => ns > startNs && ns <= endNs),
      ].map((ns) => ns + shifts[at]!),
    )
    .slice(1);
  const policies = new Set(sources.map(({ reader }) => reader.header.policy));
  return {
    ...header,
    policy: [...policies].join(" + "),
    startedAtNs,
    origin,
    ...(partsNs.length > 0 && { partsNs }),
  };
};

/** What differs can't stand in one header, or would be learned otherwise in one session. */
const refuseStrangers = ([first, ...others]: readonly Piece["source"][]): void => {
  const { header, path } = first!.reader;
  for (const { reader, isCorrected } of others) {
    const differs = (what: string, own: string, expected: string): never => {
      throw new SessionError(
        `${reader.path} and ${path} can't be one session: ${what} is ${own}, expected ${expected}; merge each kind by itself`,
      );
    };
    const own = reader.header;
    if (own.robotName !== header.robotName) differs("the robot", own.robotName, header.robotName);
    const mismatch = vocabularyMismatch(
      vocabularyFromJson(header.vocabularyJson),
      vocabularyFromJson(own.vocabularyJson),
    );
    if (mismatch !== undefined) differs("the vocabulary", mismatch, "the same");
    if (own.robotFile !== header.robotFile || own.sceneFile !== header.sceneFile)
      differs("robot.yaml or scene.xml", "another one", "the same");
    if (own.body !== header.body) differs("the body", own.body, header.body);
    if (isCorrected !== first!.isCorrected)
      differs(
        "what is learned",
        isCorrected ? "a policy's corrections alone" : "all of it",
        isCorrected ? "all of it" : "a policy's corrections alone",
      );
  }
};

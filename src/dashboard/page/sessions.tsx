// What was recorded: every episode of the listed sessions, how it went, its score and why, and a bin that can
// be taken back. One of them can be watched.
import { useState } from "preact/hooks";
import type {
  EpisodeEntry,
  FolderEntry,
  Scoring,
  SessionEntry,
  SessionList,
} from "../library/library-calls.ts";
import { order, useAsked } from "./ask.ts";
import { bytesInWords, countInWords, dateInWords } from "./in-words.ts";
import { Replay } from "./replay.tsx";

const PERIOD_MS = 2000;

interface Watched {
  readonly session: SessionEntry;
  readonly episode: EpisodeEntry;
}

export const SessionsView = () => {
  const { value, problem, again } = useAsked<SessionList>("sessions", PERIOD_MS);
  const [watched, setWatched] = useState<Watched>();
  const [refusal, setRefusal] = useState("");
  const give = (path: string): void => {
    order(path).then(
      () => {
        setRefusal("");
        again();
      },
      (error: Error) => setRefusal(error.message),
    );
  };
  if (watched) return <Replay {...watched} onClose={() => setWatched(undefined)} />;
  return (
    <div class="sessions">
      <div role="status">
        {(refusal || problem) && <p class="warning">⚠ {refusal || problem}</p>}
      </div>
      {!value && !problem && <p class="small">reading …</p>}
      {value?.folders.map((folder) => (
        <FolderCard key={folder.id} folder={folder} give={give} watch={setWatched} />
      ))}
    </div>
  );
};

const FolderCard = ({
  folder,
  give,
  watch,
}: {
  readonly folder: FolderEntry;
  readonly give: (path: string) => void;
  readonly watch: (watched: Watched) => void;
}) => {
  const { id, path, sessions, more, unread, lastStep, scoring, problem } = folder;
  const binned = sessions.flatMap(({ episodes }) => episodes).filter((one) => one.isDeleted).length;
  return (
    <section class="card" aria-label={`Sessions of ${path}`}>
      <h2>
        <small>{path}</small>
      </h2>
      <div class="acts">
        <button
          type="button"
          disabled={scoring.state === "reading"}
          onClick={() => give(`folders/${id}/score`)}
        >
          Score the episodes
        </button>
        <button
          type="button"
          disabled={lastStep === undefined}
          onClick={() => give(`folders/${id}/undo/${lastStep?.number}`)}
        >
          {lastStep ? `Undo: ${lastStep.does} ${lastStep.episodes}` : "Nothing to undo"}
        </button>
        <p class="small" role="status">
          {[
            countInWords(sessions.length, "session"),
            ...(binned > 0
              ? [`${countInWords(binned, "episode")} in the bin, which can be taken back`]
              : []),
            ...(unread > 0 ? [`${unread} still to be read`] : []),
            ...(more > 0 ? [`${more} older ones not shown`] : []),
            ...scoringWords(scoring),
          ].join(" · ")}
        </p>
      </div>
      {problem && <p class="warning">⚠ {problem}</p>}
      <ul class="episodes">
        {sessions.flatMap((session) =>
          session.problem
            ? [
                <li key={session.id}>
                  <b>{session.file}</b> <span class="warning">⚠ {session.problem}</span>
                </li>,
              ]
            : session.episodes.map((episode) => (
                <EpisodeRow
                  key={`${session.id} ${episode.index}`}
                  session={session}
                  episode={episode}
                  give={give}
                  watch={watch}
                />
              )),
        )}
      </ul>
    </section>
  );
};

const scoringWords = (scoring: Scoring): string[] => {
  switch (scoring.state) {
    case "none":
      return [];
    case "reading":
      return [`scoring, ${scoring.done} of ${scoring.of} read`];
    case "done":
      return [`${countInWords(scoring.episodes, "episode")} scored, 1 is best`];
    case "failed":
      return [`not scored: ${scoring.words}`];
  }
};

const EpisodeRow = ({
  session,
  episode,
  give,
  watch,
}: Watched & {
  readonly give: (path: string) => void;
  readonly watch: (watched: Watched) => void;
}) => {
  const { id, file, robot, policy, body, startedAt, bytes, isLive } = session;
  const { index, task, startMs, endMs, outcome, takeovers, isDeleted } = episode;
  const name = `${file}, episode ${index}`;
  const does = isDeleted ? "keep" : "delete";
  return (
    <li data-deleted={isDeleted}>
      <button
        type="button"
        class="watch"
        aria-label={`Watch ${name}`}
        onClick={() => watch({ session, episode })}
      >
        ▶
      </button>
      <div>
        <b>{task || "no task said"}</b> <Outcome outcome={outcome} />
        {takeovers > 0 && <span class="badge">corrected {countInWords(takeovers, "time")}</span>}
        {isLive && <span class="badge live-badge">this run</span>}
        {isDeleted && <span class="badge">in the bin</span>}
        <p class="small">
          {name} · {((endMs - startMs) / 1000).toFixed(1)} s · {dateInWords(startedAt)} · {robot},{" "}
          {body}, {policy} · file {bytesInWords(bytes)}
        </p>
      </div>
      <Score episode={episode} />
      <button
        type="button"
        aria-label={isDeleted ? `Keep ${name}` : `Delete ${name}: into the bin`}
        onClick={() => give(`sessions/${id}/${index}/${does}`)}
      >
        {isDeleted ? "Keep" : "Delete"}
      </button>
    </li>
  );
};

const Outcome = ({ outcome }: { readonly outcome: EpisodeEntry["outcome"] | undefined }) => {
  if (!outcome) return null;
  const words = { success: "✓ success", failure: "✗ failure", redo: "↺ to be done again" };
  return (
    <span class="badge" data-outcome={outcome}>
      {words[outcome]}
    </span>
  );
};

const Score = ({
  episode: { score, gates = [], reasons = [] },
}: {
  readonly episode: EpisodeEntry;
}) =>
  score === undefined ? (
    <span />
  ) : (
    <details class="score">
      <summary>
        score <b>{score.toFixed(2)}</b>
        {gates.length > 0 && <span class="warning"> ⚠ {gates[0]}</span>}
      </summary>
      <ul>
        {gates.map((gate) => (
          <li key={gate} class="warning">
            can't be trusted: {gate}
          </li>
        ))}
        {reasons.map((reason) => (
          <li key={reason} class={reason.startsWith("!") ? "warning" : ""}>
            {reason}
          </li>
        ))}
      </ul>
    </details>
  );

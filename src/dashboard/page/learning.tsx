// Trainings and evaluations as they go on, in whatever terminal they were begun: what their files of progress say.
import type { ProgressEntry, ProgressList } from "../library/library-calls.ts";
import { useAsked } from "./ask.ts";
import { LineChart } from "./line-chart.tsx";

const PERIOD_MS = 2000;
/** Looks of a training are some seconds apart, on a slow machine a minute. */
const SILENT_S = 180;

export const LearningView = () => {
  const { value, problem } = useAsked<ProgressList>("progress", PERIOD_MS);
  return (
    <div class="learning">
      {problem && <p class="warning">⚠ {problem}</p>}
      {value?.runs.length === 0 && (
        <section class="card">
          <h2>Nothing learns yet</h2>
          <p>In another terminal, in this folder:</p>
          <p>
            <code>efference train --sessions data --out models/policies/mine</code>
          </p>
          <p>
            <code>efference eval --policy mine --task obey,flinch</code>
          </p>
          <p class="small">Their curves and tables come here while they work.</p>
        </section>
      )}
      {value?.runs.map((run) => (
        <Run key={run.file} run={run} />
      ))}
    </div>
  );
};

const Run = ({ run }: { readonly run: ProgressEntry }) => {
  const { kind, name, about, total, looks, judged, ended, silentS } = run;
  const last = looks.at(-1) ?? judged;
  const step = last?.step ?? 0;
  const isSilent = ended === undefined && silentS > SILENT_S;
  const left = last && step > 0 ? (last.seconds * (total - step)) / step : undefined;
  return (
    <section class="card run" aria-label={`${kind} of ${name}`}>
      <h2>
        {kind} <small>{name}</small>
      </h2>
      <p class="small">{about}</p>
      <progress max={total} value={step} aria-label={`How far the ${kind} is`} />
      <p class={isSilent ? "warning" : ""} role="status">
        {kind === "training" ? "step" : "episode"} {step} of {total}
        {ended !== undefined && ` · ${ended}`}
        {ended === undefined && !isSilent && left !== undefined && ` · ${timeWords(left)} to go`}
        {isSilent && ` · not heard of for ${timeWords(silentS)}: broken off?`}
      </p>
      {looks.length > 1 && (
        <div class="charts">
          <LineChart
            title="Loss"
            most={total}
            curves={[
              {
                name: "learned from",
                colour: "var(--curve-1)",
                points: looks.map((look) => [look.step, look.loss]),
              },
              {
                name: "held out",
                colour: "var(--curve-2)",
                points: looks.map((look) => [look.step, look.heldOutLoss]),
              },
            ]}
          />
          <LineChart
            title="Held-out answers foretold, %"
            most={total}
            curves={[
              {
                name: "right",
                colour: "var(--good)",
                points: looks.map((look) => [look.step, 100 * look.accuracy]),
              },
            ]}
          />
        </div>
      )}
      {judged?.tables.map((table) => (
        <FigureTable key={table.title} {...table} />
      ))}
    </section>
  );
};

const FigureTable = ({
  title,
  rows: [head = [], ...rows],
}: {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}) => (
  <div class="scroll" tabIndex={0} role="region" aria-label={title}>
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          {head.map((cell) => (
            <th key={cell} scope="col">
              {cell}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row[0]}>
            {row.map((cell, i) =>
              i === 0 ? (
                <th key={i} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={i}>{cell}</td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const timeWords = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;

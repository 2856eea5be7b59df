// The page: what is always there (STOP, which robot this is), and the views one can choose.
import { useEffect, useState } from "preact/hooks";
import { RiverCanvas, RobotCanvas } from "./canvases.tsx";
import type { Connection } from "./connection.ts";
import { LearningView } from "./learning.tsx";
import { CurvesPanel } from "./curves.tsx";
import { PadPanel } from "./hands/pad-panel.tsx";
import { Things } from "./hands/things.ts";
import { ThingsPanel } from "./hands/things-panel.tsx";
import { OperatorPanel } from "./operator.tsx";
import { CadencePanel, EyePanel, JointBars, SafetyPanel } from "./panels.tsx";
import { RecordPanel } from "./record.tsx";
import type { RobotState } from "./robot-state.ts";
import { SessionsView } from "./sessions.tsx";
import { LendPanel } from "./senses/lend-panel.tsx";
import { Stop } from "./stop.tsx";
import { onTicks } from "./beats.ts";

const VIEWS = { live: "Live", sessions: "Sessions", learning: "Training" } as const;
type View = keyof typeof VIEWS;

export const App = ({
  state,
  connection,
}: {
  readonly state: RobotState;
  readonly connection: Connection;
}) => {
  const [, redraw] = useState("");
  const [things] = useState(() => new Things(state, connection));
  const [view, setView] = useState<View>("live");
  useEffect(
    () =>
      onTicks(() => {
        const readings = [...state.readings.values()].map(([value]) => value?.toFixed(1)).join();
        redraw(`${state.version} ${String(connection.isLive)} ${readings}`);
      }),
    [state, connection],
  );
  const { hello } = state;
  return (
    <>
      <header>
        <h1>{hello?.robot ?? "Efference"}</h1>
        <p class="small">
          {hello ? `${hello.body} · policy ${hello.policy}` : "waiting for the robot …"}
        </p>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([name, words]) => (
            <button
              key={name}
              type="button"
              aria-current={name === view ? "page" : undefined}
              onClick={() => setView(name as View)}
            >
              {words}
            </button>
          ))}
        </nav>
        <Stop connection={connection} stop={state.stop} isLive={connection.isLive} />
      </header>
      <main>
        {view === "live" && (
          <div class="live">
            <RobotCanvas state={state} things={things} />
            <div class="panels">
              <OperatorPanel state={state} connection={connection} />
              <RecordPanel state={state} connection={connection} />
              <LendPanel state={state} connection={connection} />
              <ThingsPanel things={things} />
              <PadPanel state={state} connection={connection} />
              <SafetyPanel state={state} />
              <CadencePanel state={state} />
              <JointBars state={state} />
              <CurvesPanel state={state} />
              <EyePanel state={state} />
            </div>
            <RiverCanvas state={state} />
          </div>
        )}
        {view === "sessions" && <SessionsView />}
        {view === "learning" && <LearningView />}
      </main>
    </>
  );
};

// Where a person lends the robot their own microphone and webcam, and reads what it hears and sees otherwise.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Connection } from "../connection.ts";
import type { RobotState } from "../robot-state.ts";
import { onTicks } from "../beats.ts";
import { LentCamera } from "./lent-camera.ts";
import { LentMicrophone } from "./lent-microphone.ts";
import { type Device, mayAsk, NOT_HERE, refusalOf } from "./refusals.ts";

const HEARS = {
  recordings: "It hears the recorded commands of its demonstration.",
  live: "It hears the microphone of the machine it runs on.",
  silence: "It hears nothing.",
} as const;

interface Lendable {
  close(): void;
}

/** One sense that can be lent: asked for, open, or refused in words. */
const useLoan = <L extends Lendable>(
  device: Device,
  open: (onEnd: () => void) => Promise<L>,
  onClose: () => void,
) => {
  const [loan, setLoan] = useState<L>();
  const [problem, setProblem] = useState("");
  const [isAsking, setAsking] = useState(false);
  const current = useRef<L>(undefined);
  const isGone = useRef(false);
  const end = (): void => {
    if (!current.current) return;
    current.current.close();
    current.current = undefined;
    onClose();
    if (!isGone.current) setLoan(undefined);
  };
  useEffect(
    () => () => {
      isGone.current = true;
      end();
    },
    [],
  );
  const begin = async (): Promise<void> => {
    setProblem("");
    if (!mayAsk()) return setProblem(NOT_HERE);
    setAsking(true);
    try {
      const opened = await open(end);
      current.current = opened;
      if (isGone.current) end();
      else setLoan(opened);
    } catch (error) {
      setProblem(refusalOf(device, error));
    } finally {
      setAsking(false);
    }
  };
  return { loan, problem, isAsking, toggle: () => (loan ? end() : void begin()) };
};

/** Who else lends a sense, if anybody does. */
const otherLender = ({ status, viewer }: RobotState, sensor: string): boolean => {
  const lender = status?.lenders[sensor];
  return lender !== undefined && lender !== viewer;
};

const Level = ({ microphone }: { readonly microphone: LentMicrophone }) => {
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(
    () =>
      onTicks(() => {
        if (meter.current) meter.current.value = microphone.takeLevel();
      }),
    [microphone],
  );
  return <meter ref={meter} min={0} max={1} aria-label="How loud you are" />;
};

const Refused = ({ problem }: { readonly problem: string | undefined }) =>
  problem ? (
    <p class="small refused" role="alert">
      {problem}
    </p>
  ) : null;

const Ears = ({ state, connection }: PanelProps) => {
  const ears = state.hello?.sensors.find(({ kind }) => kind === "microphone");
  const name = ears?.name ?? "";
  const { loan, problem, isAsking, toggle } = useLoan(
    "microphone",
    (onEnd) => LentMicrophone.open(connection, ears!.rateHz, onEnd),
    () => connection.send("withhold", { sensor: name }),
  );
  if (!ears || !state.hello) return null;
  const { hears, policy } = state.hello;
  const isTaken = otherLender(state, name);
  const instead = hears === "recordings" ? ", and not the recordings, which go on unheard" : "";
  return (
    <div class="lend">
      <button type="button" aria-pressed={loan !== undefined} disabled={isAsking} onClick={toggle}>
        {loan ? "Stop speaking to it" : isAsking ? "Asking for the microphone …" : "Speak to it"}
      </button>
      {loan && <Level microphone={loan} />}
      <p class="small" role="status">
        {isTaken
          ? "Another page is speaking to it."
          : loan
            ? `It hears you${instead}. What it hears is recorded.`
            : HEARS[hears]}
        {policy.startsWith("teacher") &&
          " This policy is a script: it obeys what recordings are labelled with, and understands no voice."}
      </p>
      <Refused problem={problem} />
    </div>
  );
};

const Eye = ({ state, connection }: PanelProps) => {
  const eye = state.hello?.sensors.find(({ kind }) => kind === "camera");
  const name = eye?.name ?? "";
  const { loan, problem, isAsking, toggle } = useLoan(
    "camera",
    (onEnd) => LentCamera.open(connection, { rateHz: eye!.rateHz, size: eye!.size! }, onEnd),
    () => connection.send("withhold", { sensor: name }),
  );
  if (!eye || !state.hello) return null;
  const instead = state.hello.isSimulated ? " in place of its simulated scene" : "";
  return (
    <div class="lend">
      <button type="button" aria-pressed={loan !== undefined} disabled={isAsking} onClick={toggle}>
        {loan ? "Take your camera back" : isAsking ? "Asking for the camera …" : "Let it see you"}
      </button>
      <p class="small" role="status">
        {otherLender(state, name)
          ? "Another page lends it a camera."
          : loan
            ? `It sees through your camera${instead}, without depth. The pictures are recorded.`
            : ""}
      </p>
      <Refused problem={problem} />
    </div>
  );
};

interface PanelProps {
  readonly state: RobotState;
  readonly connection: Connection;
}

export const LendPanel = (props: PanelProps) => (
  <section class="card" aria-label="Your microphone and camera">
    <h2>Your microphone and camera</h2>
    <Ears {...props} />
    <Eye {...props} />
  </section>
);

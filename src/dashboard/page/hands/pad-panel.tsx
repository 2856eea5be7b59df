// Says whether there is a gamepad at this browser, and what can be done with it.
import { useEffect, useState } from "preact/hooks";
import { onFrames } from "../beats.ts";
import type { Connection } from "../connection.ts";
import type { RobotState } from "../robot-state.ts";
import { PagePad } from "./page-pad.ts";

export const PadPanel = ({
  state,
  connection,
}: {
  readonly state: RobotState;
  readonly connection: Connection;
}) => {
  const { hello } = state;
  const [help, setHelp] = useState<string>();
  useEffect(() => {
    if (!hello) return;
    const pad = new PagePad(hello, connection);
    const stop = onFrames((nowMs) => {
      pad.poll(nowMs);
      setHelp(pad.help);
    });
    return () => {
      stop();
      pad.close();
    };
  }, [hello, connection]);
  return (
    <section class="card" aria-label="Gamepad">
      <h2>Gamepad</h2>
      <p class="small" role="status">
        {help?.replace(/^gamepad /, "") ??
          "None is heard: plug one in, and press one of its buttons."}
      </p>
    </section>
  );
};

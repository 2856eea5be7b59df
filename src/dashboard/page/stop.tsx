// STOP. It says "stopped" only when the body has confirmed that it makes no pulses, and it is ended by
// a deliberate act of two steps. The space bar stops, wherever the focus is, except where one writes.
import { useEffect, useState } from "preact/hooks";
import type { Connection } from "./connection.ts";
import { isWriting } from "./is-writing.ts";
import type { StopState } from "../protocol.ts";

export const Stop = (props: {
  readonly connection: Connection;
  readonly stop: StopState;
  readonly isLive: boolean;
}) => {
  const { connection, stop, isLive } = props;
  const [isClearing, setClearing] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.code !== "Space" || isWriting(event.target)) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) connection.send("stop", {});
    };
    // A button that has the focus would be pressed when the key comes up again.
    const onKeyUp = (event: KeyboardEvent): void => {
      if (event.code === "Space" && !isWriting(event.target)) event.preventDefault();
    };
    addEventListener("keydown", onKey, { capture: true });
    addEventListener("keyup", onKeyUp, { capture: true });
    return () => {
      removeEventListener("keydown", onKey, { capture: true });
      removeEventListener("keyup", onKeyUp, { capture: true });
    };
  }, [connection]);
  useEffect(() => {
    if (stop !== "confirmed") setClearing(false);
  }, [stop]);
  const words = !isLive
    ? "NO CONNECTION"
    : stop === "none"
      ? "STOP"
      : stop === "asked"
        ? "STOPPING …"
        : "STOPPED";
  const detail = !isLive
    ? "STOP can't be heard: use Ctrl-C or the servo power"
    : stop === "none"
      ? "space bar"
      : stop === "asked"
        ? "not confirmed yet: keep a hand on the power"
        : "confirmed: no pulses, the arms may sag";
  return (
    <section class="stop" data-state={isLive ? stop : "lost"} aria-label="Emergency stop">
      <button
        type="button"
        class="stop-button"
        aria-keyshortcuts="Space"
        onPointerDown={() => connection.send("stop", {})}
        onClick={() => connection.send("stop", {})}
      >
        <strong>{words}</strong>
        <span>{detail}</span>
      </button>
      <div class="visually-hidden" role="status" aria-live="assertive">
        {`${words}: ${detail}`}
      </div>
      {isLive && stop === "confirmed" && (
        <div class="clear">
          {isClearing ? (
            <>
              <span>It snaps back to where it was told to be. Hands away?</span>
              <button type="button" class="danger" onClick={() => connection.send("clear", {})}>
                Yes, let it move
              </button>
              <button type="button" onClick={() => setClearing(false)}>
                Stay stopped
              </button>
            </>
          ) : (
            <button type="button" onClick={() => setClearing(true)}>
              Clear …
            </button>
          )}
        </div>
      )}
    </section>
  );
};

// Serves the page beside a robot that already moves; without one the run is as it would have been.
import { openBrowser } from "./open-browser.ts";
import type { PageOptions } from "./open-dashboard.ts";
import { printNote } from "./output.ts";

/** The page of a run, to be closed when that is over. */
interface ShownPage extends AsyncDisposable {
  /** False where it could not be served, which was told. */
  readonly isServed: boolean;
}

export const showPage = async (options: PageOptions): Promise<ShownPage> => {
  const { opened, place } = options;
  const { runtime, playedMs } = opened;
  const { openDashboard } = await import("./open-dashboard.ts");
  const dashboard = await openDashboard(options).catch((error: Error) => {
    printNote(`${error.message}; the robot runs without its page`);
    return undefined;
  });
  if (dashboard) printNote(`page  ${dashboard.url}`);
  let isOpened = false;
  const isOver = opened.onStatus(() => {
    const { timeMs, firstMotionMs } = runtime.status();
    // A browser that starts takes the machine for itself: the robot goes first.
    if (dashboard && place.isOpened && !isOpened && (firstMotionMs ?? timeMs - 5000) > 0)
      isOpened = openBrowser(dashboard.url) || true;
    if (playedMs !== undefined && timeMs > playedMs && !dashboard?.wasVisited) runtime.park("");
  });
  return {
    isServed: dashboard !== undefined,
    [Symbol.asyncDispose]: async () => {
      isOver();
      await dashboard?.close();
    },
  };
};

// The thread that reads recordings for the page (dashboard/library/serve-library.ts).
import { parentPort, workerData } from "node:worker_threads";
import type { LibraryData } from "../dashboard/library/library-calls.ts";
import { serveLibrary } from "../dashboard/library/serve-library.ts";

serveLibrary(parentPort!, workerData as LibraryData, async (mjcf) => {
  const { describeScene } = await import("../bodies/simulation/scene-geometry.ts");
  return describeScene(mjcf);
});

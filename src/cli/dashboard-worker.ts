// The thread that serves the page (dashboard/serve-dashboard.ts); MuJoCo tells it what the robot looks like.
import { parentPort, workerData } from "node:worker_threads";
import type { DashboardData } from "../dashboard/dashboard-calls.ts";
import { serveDashboard } from "../dashboard/serve-dashboard.ts";

await serveDashboard(parentPort!, workerData as DashboardData, async (mjcf) => {
  const { describeScene } = await import("../bodies/simulation/scene-geometry.ts");
  return describeScene(mjcf);
});

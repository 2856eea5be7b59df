// The thread that serves the page, without its thread.
import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { DashboardData, DashboardEvent } from "../../../src/dashboard/dashboard-calls.ts";
import { serveDashboard } from "../../../src/dashboard/serve-dashboard.ts";

test("a scene that can't be described costs the pages its picture, and nothing else", async () => {
  const { port1: run, port2: far } = new MessageChannel();
  onTestFinished(() => run.close());
  const events: DashboardEvent[] = [];
  run.on("message", (event: DashboardEvent) => events.push(event));
  const data = {
    host: "127.0.0.1",
    port: 0,
    hello: {},
    sceneSource: "<mujoco/>",
    library: { folders: [] },
    libraryProgram: "file:///nowhere.js",
  } as unknown as DashboardData;
  await serveDashboard(far, data, async () => {
    throw new Error("Error opening file 'arm.stl'");
  });
  await expect.poll(() => events.map(({ type }) => type)).toEqual(["open"]);
  const [opened] = events;
  if (opened?.type !== "open") throw new Error("not opened");
  const url = new URL(opened.url);
  for (const page of [0, 1]) {
    const socket = new WebSocket(new URL("live", url), { origin: url.origin });
    onTestFinished(() => socket.terminate());
    await once(socket, "message");
    await expect.poll(() => events.filter(({ type }) => type === "opened")).toHaveLength(page + 1);
  }
  // Said once, however many pages come.
  expect(events.filter(({ type }) => type === "undrawn")).toEqual([
    { type: "undrawn", words: "Error opening file 'arm.stl'" },
  ]);
});

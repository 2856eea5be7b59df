// What Prometheus scrapes of a run, over HTTP.
import { expect, onTestFinished, test } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { MetricsServer } from "../../../src/dashboard/metrics-server.ts";
import { buildVocabulary, rangeNamed } from "../../../src/tokens/vocabulary.ts";

const vocabulary = buildVocabulary(loadRobot("duo"));

const openServer = async (): Promise<MetricsServer> => {
  const server = await MetricsServer.open({ port: 0, robotName: "duo", vocabulary });
  onTestFinished(() => server.close());
  return server;
};

test("a scrape tells the tokens by source, the acts, the refusals and the outcomes so far", async () => {
  const server = await openServer();
  const act = rangeNamed(vocabulary, "act").start;
  const ids = Int32Array.of(1, 2, 3);
  server.write({ type: "tokens_in", timeNs: 1e9, sensor: "eye", ids });
  server.write({ type: "tokens_in", timeNs: 2e9, sensor: "eye", ids });
  server.write({ type: "tokens_out", timeNs: 2e9, ids: Int32Array.of(act, 1e6) });
  server.write({ type: "act", timeNs: 2e9, name: "nod", pace: "calm", phase: "started" });
  server.write({ type: "safety", timeNs: 2e9, reason: "speed", servo: "pan", detail: "" });
  server.write({
    type: "episode",
    timeNs: 3.5e9,
    index: 0,
    task: "obey",
    phase: "ended",
    outcome: "success",
  });
  const response = await fetch(server.url);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "# TYPE efference_tokens_consumed_total counter",
      'efference_tokens_consumed_total{source="eye",robot="duo"} 6',
      'efference_tokens_produced_total{source="act",robot="duo"} 1',
      'efference_tokens_produced_total{source="unknown",robot="duo"} 1',
      'efference_acts_total{act="nod",phase="started",robot="duo"} 1',
      'efference_safety_events_total{reason="speed",robot="duo"} 1',
      'efference_episodes_total{outcome="success",robot="duo"} 1',
      'efference_session_seconds{robot="duo"} 3.5',
    ]),
  );
});

test("two runs of one process count apart, and there is nothing else to be had", async () => {
  const [one, other] = [await openServer(), await openServer()];
  one.write({ type: "tokens_in", timeNs: 0, sensor: "eye", ids: Int32Array.of(1) });
  expect(await (await fetch(other.url)).text()).not.toContain("eye");
  expect((await fetch(new URL("/", one.url))).status).toBe(404);
  expect((await fetch(one.url, { method: "POST" })).status).toBe(404);
});

test("a port that is taken is said to be, with what to do", async () => {
  const { url } = await openServer();
  const port = Number(new URL(url).port);
  await expect(MetricsServer.open({ port, robotName: "duo", vocabulary })).rejects.toThrow(
    /EADDRINUSE.*--metrics-port/,
  );
});

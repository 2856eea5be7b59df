// A run with onlookers: Foxglove's own client and Prometheus' scrape, at a robot that moves in real time.
import { describe, expect, it, onTestFinished } from "vitest";
import { Viewer } from "../unit/dashboard/viewer.ts";
import { start } from "./efference.ts";

describe("a run in real time", () => {
  it(
    "shows live topics and counts to whoever looks on, and ends as asked",
    { timeout: 60_000 },
    async () => {
      const { child, said, ended } = start(
        ["run", "--policy", "teacher:obey", "--foxglove", "--foxglove-port", "0"].concat(
          ["--metrics-port", "0", "--session", "live.mcap", "--json"], // it is told below when to end
        ),
      );
      onTestFinished(() => void child.kill("SIGKILL"));
      let told = "";
      child.stderr!.on("data", (data: Buffer) => (told += data.toString()));
      await said("metrics   http://localhost:");
      const viewer = new Viewer(/ws:\S+/.exec(told)![0]);
      for (const topic of ["/scene", "/tf", "/tokens/in", "/sensor/eye", "/action"])
        await viewer.subscribe(topic);
      await viewer.until(() => viewer.of("/tf").length > 20 && viewer.of("/sensor/eye").length > 5);
      const frames = viewer.of("/tf").at(-1)!.fields["transforms"];
      expect(frames.map((frame: any) => frame.child_frame_id)).toContain("left_forearm");
      const metrics = await (await fetch(/http:\S+metrics/.exec(told)![0])).text();
      expect(metrics).toMatch(/efference_tokens_consumed_total\{source="eye",robot="duo"\} [1-9]/);
      child.kill("SIGINT");
      const { code, stdout } = await ended;
      expect({ code, tokens: JSON.parse(stdout).tokens.in.eye > 0 }).toEqual({
        code: 0,
        tokens: true,
      });
    },
  );

  it("refuses a port that is none before anything moves", async () => {
    const { code, stderr } = await start(["run", "--foxglove", "--foxglove-port", "99999"]).ended;
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /--foxglove-port.*found 99999; write a whole number, 0 to 65535/,
      ),
    });
  });
});

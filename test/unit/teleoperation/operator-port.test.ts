import { describe, expect, it } from "vitest";
import { pause, RealClock, SimulatedClock } from "../../../src/core/clock.ts";
import { OperatorPort } from "../../../src/teleoperation/operator-port.ts";
import { robotWith } from "../tokens/robot-fixture.ts";

const opened = () => {
  const clock = new SimulatedClock();
  const port = new OperatorPort({ robot: robotWith(), clock, staleMs: 300 });
  const [page, keys] = [port.connect("page"), port.connect("keyboard")];
  return { clock, port, page, keys };
};
const WAVE = { kind: "act", act: "wave" } as const;

describe("the port of people's input", () => {
  it("moves nothing without the clutch", () => {
    const { port, page } = opened();
    expect(page.command(WAVE)).toMatch(/clutch is open/);
    expect(port.read()).toMatchObject({ isLive: false, acts: [] });
  });

  it("lets one client hold the clutch, and refuses the other by the holder's name", () => {
    const { port, page, keys } = opened();
    expect(page.engage()).toBe(true);
    expect(keys.engage()).toBe(false);
    expect(keys.command(WAVE)).toBe("page holds the clutch");
    expect(page.command(WAVE)).toBeUndefined();
    expect(port.read().acts).toEqual([WAVE]);
    page.release();
    expect(keys.engage()).toBe(true);
    page.release(); // it holds nothing any more
    expect(port.state.holder).toBe("keyboard");
  });

  it("opens the clutch where the clock begins anew: what was wanted before is of no known age", async () => {
    const clock = new RealClock();
    const port = new OperatorPort({ robot: robotWith(), clock, staleMs: 300 });
    const page = port.connect("page");
    await pause(clock, 50);
    page.engage();
    page.command({ kind: "drive", speeds: { pan: 1 } });
    expect(port.read()).toMatchObject({ isLive: true });
    clock.begin();
    expect(port.read()).toMatchObject({ isLive: false, speeds: new Float64Array(3) });
  });

  it("forgets what a client wanted when its clutch goes stale, and wants it taken anew", () => {
    const { clock, port, page } = opened();
    page.engage();
    page.command({ kind: "drive", speeds: { pan: 1 } });
    clock.advanceTo(300e6);
    expect(port.read()).toMatchObject({ isLive: true });
    clock.advanceTo(301e6);
    const intent = port.read();
    expect(intent.isLive).toBe(false);
    expect([...intent.speeds]).toEqual([0, 0, 0]);
    expect(page.command(WAVE)).toMatch(/clutch is open/);
  });

  it("does nothing any more that waited too long for a step, though the clutch is held: the robot was away", () => {
    const { clock, port, page } = opened();
    const turn = { kind: "turn", servo: "pan", turnDeg: 5 } as const;
    page.engage();
    expect(page.command(WAVE)).toBeUndefined();
    for (let ms = 100; ms <= 5000; ms += 100) {
      clock.advanceTo(ms * 1e6);
      page.engage();
      expect(page.command(turn)).toBeUndefined();
    }
    const { isLive, acts, turnDeg } = port.read();
    expect({ isLive, acts }).toEqual({ isLive: true, acts: [] });
    expect(Math.max(...turnDeg)).toBe(30); // of the last half second
    page.command(WAVE);
    page.command(turn);
    clock.advanceTo(5200e6);
    page.engage();
    expect(port.read().acts).toEqual([WAVE]);
    expect(Math.max(...port.read().turnDeg)).toBe(0); // told once
  });

  it("stays in hand when input goes stale, until somebody lets go on purpose", () => {
    const { clock, port, page } = opened();
    page.engage();
    clock.advanceTo(1e9);
    expect(port.state).toMatchObject({ holder: undefined, inHand: true });
    page.release();
    expect(port.state.inHand).toBe(false);
    expect(port.read().letGo).toBe(true);
    expect(port.read().letGo).toBe(false);
  });

  it("is let go by whoever had it last and is gone for good, though the clutch lapsed before", () => {
    const { clock, port, page, keys } = opened();
    page.engage();
    clock.advanceTo(1e9);
    keys.close(); // never had it
    expect(port.state).toMatchObject({ holder: undefined, inHand: true });
    page.close();
    expect(port.state.inHand).toBe(false);
    expect(port.read().letGo).toBe(true);
    page.engage();
    clock.advanceTo(2e9);
    keys.engage();
    page.close(); // another has it now
    expect(port.state).toMatchObject({ holder: "keyboard", inHand: true });
  });

  it("refuses input that was made too long ago, or in the future", () => {
    const { clock, page } = opened();
    clock.advanceTo(2e9);
    page.engage();
    expect(page.command(WAVE, 1.6e9)).toMatch(/400 ms old/);
    expect(page.command(WAVE, 9e9)).toMatch(/old/);
    expect(page.command(WAVE, NaN)).toMatch(/old/);
    expect(page.command(WAVE, 1.8e9)).toBeUndefined();
  });

  it("adds the turns of a step, tells them once, and keeps a speed until it changes", () => {
    const { port, page } = opened();
    page.engage();
    page.command({ kind: "turn", servo: "elbow", turnDeg: 3 });
    page.command({ kind: "turn", servo: "elbow", turnDeg: 4 });
    page.command({ kind: "drive", speeds: { pan: -0.5 } });
    expect([...port.read().turnDeg]).toEqual([0, 0, 7]);
    const { turnDeg, speeds } = port.read();
    expect([...turnDeg, ...speeds]).toEqual([0, 0, 0, -0.5, 0, 0]);
  });

  it.for([
    [{ kind: "act", act: "wafe" }, /act wafe; write one of wave/],
    [{ kind: "act", act: "wave", pace: "hasty" }, /pace hasty; write one of slow/],
    [{ kind: "turn", servo: "knee", turnDeg: 1 }, /servo knee; write one of pan/],
    [{ kind: "turn", servo: "pan", turnDeg: Infinity }, /Infinity for pan/],
    [{ kind: "drive", speeds: { pan: 2 } }, /2 for pan; write a number from -1 to 1/],
    [{ kind: "pose" }, /no numbers by servo/],
    [{ kind: "speed", share: 0 }, /speed 0/],
    [{ kind: { toString: 1 } }, /the kind an object; write one of act/],
    ["wave", /found string/],
    [null, /found object/],
  ] as const)("refuses %j with the words why", ([command, words]) => {
    const { page } = opened();
    page.engage();
    expect(page.command(command)).toMatch(words);
  });
});

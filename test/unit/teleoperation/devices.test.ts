import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Subject } from "rxjs";
import { describe, expect, it, test } from "vitest";
import type { Sample } from "../../../src/core/ports.ts";
import { Gamepad } from "../../../src/teleoperation/gamepad.ts";
import { readGamepad } from "../../../src/teleoperation/gamepad-device.ts";
import { JsEventReader } from "../../../src/teleoperation/js-event.ts";
import { Keyboard } from "../../../src/teleoperation/keyboard.ts";
import { KeyReader } from "../../../src/teleoperation/key-reader.ts";
import { Leader } from "../../../src/teleoperation/leader.ts";
import { Rig } from "./rig.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** A record of /dev/input/js*: ms, value, type, number. */
const event = (value: number, type: number, number: number): Buffer => {
  const record = Buffer.alloc(8);
  record.writeUInt32LE(1234, 0);
  record.writeInt16LE(value, 4);
  record[6] = type;
  record[7] = number;
  return record;
};

describe("keys of a terminal", () => {
  it("are told by their names, wherever their bytes were cut", () => {
    const reader = new KeyReader();
    expect(reader.push(bytes("a\u001b"))).toEqual(["a"]);
    expect(reader.push(bytes("["))).toEqual([]);
    expect(reader.push(bytes("A\u001bOB\u001b[Z\t\r"))).toEqual([
      "up",
      "down",
      "shift-tab",
      "tab",
      "enter",
    ]);
  });

  it("are Esc where nothing follows", () => {
    const reader = new KeyReader();
    reader.push(bytes("\u001b"));
    expect(reader.waits).toBe(true);
    expect(reader.flush()).toEqual(["escape"]);
    expect(reader.flush()).toEqual([]);
  });

  it("hear Ctrl-C and the space bar inside of a sequence that never ends", () => {
    expect(new KeyReader().push(bytes("\u001b[12;\u0003"))).toContain("ctrl-c");
    expect(new KeyReader().push(bytes("\u001b[1 "))).toContain("space");
  });

  it("take an answer of the terminal for no key", () => {
    expect(new KeyReader().push(bytes("\u001b[?62;1c\u001b[5~"))).toEqual([]);
  });

  it("hear the next key behind any noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        const reader = new KeyReader();
        reader.push(noise);
        reader.flush();
        expect(reader.push(bytes("n"))).toEqual(["n"]);
      }),
    );
  });
});

describe("a keyboard", () => {
  it("whatever is typed, moves nothing once nobody types any more", async () => {
    const keys = [
      "\u001b[A",
      "\u001b[B",
      "\u001b[C",
      "\u001b[D",
      "\t",
      ..."+ - 1 2 3 4 5 6 7 8 9".split(" "),
    ];
    const byte = fc.integer({ min: 0, max: 255 }).map((one) => Uint8Array.of(one));
    const stroke = fc.oneof(fc.constantFrom(...keys.map(bytes)), byte);
    const typed = fc.array(stroke, { minLength: 1, maxLength: 80 });
    let fastest = 0;
    await fc.assert(
      fc.asyncProperty(typed, async (strokes) => {
        const rig = new Rig();
        const keyboard = new Keyboard(rig.robot, rig.port);
        const reader = new KeyReader();
        await rig.live(40);
        for (const stroke of strokes) {
          for (const key of reader.push(stroke)) keyboard.press(key);
          await rig.live(20);
          fastest = Math.max(fastest, rig.speed);
        }
        await rig.live(7000); // the longest act, slowly
        expect(rig.speed).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(fastest).toBeGreaterThan(1); // else nothing was shown
  });

  it("says in its help what each key does", async () => {
    const rig = new Rig();
    const keyboard = new Keyboard(rig.robot, rig.port);
    expect(keyboard.help).toContain("5 nod");
    await rig.live(1000);
    keyboard.press("5");
    await rig.live(100);
    expect(rig.started).toEqual(["nod"]);
  });

  it("says who holds the clutch where it is refused", () => {
    const rig = new Rig();
    rig.port.connect("page").engage();
    expect(new Keyboard(rig.robot, rig.port).press("up")).toBe("page holds the clutch");
  });
});

describe("a gamepad", () => {
  it("is read record by record, however the bytes are cut", () => {
    const all = Buffer.concat([
      event(1, 1, 4),
      event(-32767, 2, 0),
      event(1, 0x81, 2),
      event(7, 9, 9),
    ]);
    const reader = new JsEventReader();
    const found = [...all].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    expect(found).toEqual([
      { kind: "button", number: 4, value: 1, isInitial: false },
      { kind: "axis", number: 0, value: -1, isInitial: false },
      { kind: "button", number: 2, value: 1, isInitial: true },
    ]);
  });

  it("gives sense to any bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
        const reader = new JsEventReader();
        for (const chunk of chunks)
          for (const { value } of reader.push(chunk)) {
            expect(value).toBeGreaterThanOrEqual(-1);
            expect(value).toBeLessThanOrEqual(1);
          }
      }),
    );
  });

  it("drives while its clutch is held, through a device, and lets go when it is released", async () => {
    const rig = new Rig();
    await rig.live(1000);
    const path = join(mkdtempSync(join(tmpdir(), "efference-js-")), "js0");
    execFileSync("mkfifo", [path]);
    const gone: string[] = [];
    const close = readGamepad(
      path,
      new Gamepad(rig.robot, rig.port.connect("gamepad")),
      rig.clock,
      (w) => gone.push(w),
    );
    const device = openSync(path, "w");
    writeSync(device, event(-32767, 2, 0));
    await rig.live(500);
    expect(rig.angleDeg("pan")).toBe(0);
    writeSync(device, event(1, 1, 4));
    await rig.live(500);
    expect(rig.angleDeg("pan")).toBeGreaterThan(20);
    writeSync(device, event(0, 1, 4));
    await rig.live(300);
    const stopped = rig.angleDeg("pan");
    await rig.live(300);
    expect(rig.angleDeg("pan")).toBe(stopped);
    closeSync(device);
    close();
    expect(gone).toEqual([]);
  });
});

test("a gamepad's clutch that is up is up, also where its driver lost the release and tells anew what holds", () => {
  const rig = new Rig();
  const gamepad = new Gamepad(rig.robot, rig.port.connect("gamepad"));
  const clutch = (value: number, isInitial: boolean) =>
    gamepad.take({ kind: "button", number: 4, value, isInitial });
  clutch(1, true); // held as it was plugged in: not on purpose
  gamepad.keepUp();
  expect(rig.port.state.holder).toBeUndefined();
  clutch(1, false);
  gamepad.keepUp();
  expect(rig.port.state.holder).toBe("gamepad");
  clutch(0, true);
  gamepad.keepUp();
  expect(rig.port.state.holder).toBeUndefined();
});

describe("a leader", () => {
  it("is followed once somebody says so, by what its potentiometers measure", async () => {
    const rig = new Rig();
    await rig.live(1000);
    const samples = new Subject<Sample>();
    const pot = { ...rig.robot.sensors.find(({ kind }) => kind === "heat")!, name: "pan" };
    const own = { ...rig.robot, sensors: [pot] };
    const gone: string[] = [];
    const onGone = (words: string): void => void gone.push(words);
    const leader = new Leader({ leader: own, robot: rig.robot, port: rig.port, samples, onGone });
    const turn = (): void =>
      samples.next({ kind: "values", sensor: "pan", timeNs: 0, values: Float64Array.of(30) });
    await rig.live(500, turn);
    expect(rig.angleDeg("pan")).toBe(0);
    leader.toggle();
    await rig.live(1500, turn);
    expect(rig.angleDeg("pan")).toBeCloseTo(30, 0);
    samples.error(new Error("its cable was pulled"));
    expect(gone).toEqual(["the leader duo is gone: its cable was pulled"]);
    expect(leader.follows).toBe(false);
    expect(rig.port.connect("keyboard").engage()).toBe(true);
    leader.close();
  });

  it("that shares no servo with the robot is refused", () => {
    const rig = new Rig();
    const leader = { ...rig.robot, servos: [{ ...rig.robot.servos[0]!, name: "knee" }] };
    const { robot, port } = rig;
    expect(
      () => new Leader({ leader, robot, port, samples: new Subject(), onGone: () => {} }),
    ).toThrow(/neither a servo nor a sensor by the name of a servo of duo/);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rig } from "../../unit/teleoperation/rig.ts";
import { real } from "../real.ts";

const { servos } = new Rig().robot;
const servo = fc.constantFrom(...servos.map(({ name }) => name));
const motion = fc.oneof(
  fc.record({
    kind: fc.constant("turn"),
    servo,
    turnDeg: real(-360, 360),
  }),
  fc.record({
    kind: fc.constant("drive"),
    speeds: fc.dictionary(servo, real(-1, 1)),
  }),
  fc.record({
    kind: fc.constant("pose"),
    anglesDeg: fc.dictionary(servo, real(-360, 360)),
  }),
  fc.record({
    kind: fc.constant("speed"),
    share: real(0.01, 1),
  }),
);
const hand = fc.array(fc.record({ forMs: fc.integer({ min: 50, max: 400 }), command: motion }), {
  minLength: 1,
  maxLength: 8,
});

/** Goes stale in the midst of the last chunk of a way, whose ripple of 0.2 degrees once went on for half a second. */
const ALMOST_THERE: typeof hand extends fc.Arbitrary<infer Commands> ? Commands : never = [
  { forMs: 50, command: { kind: "speed", share: 0.1182595868346746 } },
  { forMs: 210, command: { kind: "turn", servo: "pan", turnDeg: 0 } },
  { forMs: 190, command: { kind: "pose", anglesDeg: { tilt: 0 } } },
  { forMs: 50, command: { kind: "turn", servo: "pan", turnDeg: 0 } },
];

/** From full speed to a stand: the blend of the interpreter, and the servos' own braking. */
const BRAKING_MS = 300;

describe("input that is older than the port allows", () => {
  it("moves nothing, whatever it was: every servo stands soon after it went stale", async () => {
    await fc.assert(
      fc.asyncProperty(hand, async (commands) => {
        const rig = new Rig();
        const client = rig.port.connect("hand");
        for (const { forMs, command } of commands) {
          client.engage();
          client.command(command);
          await rig.live(forMs);
        }
        await rig.live(rig.port.staleMs + BRAKING_MS);
        for (let i = 0; i < 10; i++) {
          await rig.live(40);
          expect(rig.speed).toBeLessThan(0.5);
        }
      }),
      { numRuns: 40, examples: [[ALMOST_THERE]] },
    );
  });

  it("whatever is sent, by however many at once: one holds the clutch, and only theirs is heard", async () => {
    const anything = fc.oneof(motion, fc.anything(), fc.object());
    const sent = fc.array(
      fc.record({ by: fc.nat({ max: 2 }), does: fc.nat({ max: 3 }), says: anything }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(sent, async (all) => {
        const rig = new Rig();
        const clients = ["page", "keyboard", "leader"].map((name) => rig.port.connect(name));
        for (const { by, does, says } of all) {
          const client = clients[by]!;
          const before = rig.port.state.holder;
          const isOthers = before !== undefined && before !== client.name;
          let taken = false;
          if (does === 0) client.engage();
          else if (does === 1) client.release();
          else taken = client.command(says) === undefined;
          expect(taken && before !== client.name).toBe(false);
          expect(isOthers && rig.port.state.holder !== before).toBe(false);
          await rig.live(20);
        }
        for (const angle of rig.poses.at(-1) ?? []) expect(Number.isFinite(angle)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

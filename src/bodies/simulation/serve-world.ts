// A world in a thread of its own, at the pace of the machine's clock. It sleeps until the
// next sample is due or a call comes, and then runs the physics steps that went by meanwhile: the
// world is never ahead of the clock, and a command lands on the step at hand, whose stamp it gets.
// After a standstill it catches up, as nobody could have acted in between; it gives up once nobody waits for its
// answer any more. It begins at stamp 0 when told to.
import { parentPort } from "node:worker_threads";
import { NS_PER_MS, NS_PER_S, RealClock } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type { SceneMove } from "../../core/ports.ts";
import { ANSWER_LIMIT_MS, type Message, type Question, type WorkerCalls } from "./worker-calls.ts";
import type { SteppedWorld, WorldEvent } from "./world.ts";

const STANDSTILL_NS = ANSWER_LIMIT_MS * NS_PER_MS;

export const serveWorld = (world: SteppedWorld, script: readonly SceneMove[]): void => {
  /** Runs from the moment somebody listens: until then it is stamp 0. */
  let clock: RealClock | undefined;

  const post = (message: Message, transfer: ArrayBuffer[] = []): void =>
    parentPort!.postMessage(message, transfer);

  const tell = (event: WorldEvent): void => {
    const arrays =
      "rgb" in event ? [event.rgb, event.depthM] : "values" in event ? [event.values] : [];
    post(
      { type: "event", event, joules: world.joules },
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  };

  const keepUp = (): void => {
    if (clock === undefined) return;
    const timeNs = Math.floor(clock.nowNs() / world.stepNs) * world.stepNs;
    const lagNs = timeNs - world.timeNs;
    if (lagNs > STANDSTILL_NS && world.timeNs > 0)
      throw new BodyError(
        `the simulation stood still for ${(lagNs / NS_PER_S).toFixed(1)} s, expected less than ` +
          `${STANDSTILL_NS / NS_PER_S}: the machine slept or is overloaded; open the simulation again`,
      );
    world.advance(timeNs, tell);
  };

  const live = (): void => {
    keepUp();
    clock?.at(Math.ceil(world.dueNs / world.stepNs) * world.stepNs, live);
  };

  const calls: WorkerCalls = {
    begin: (originNs) => {
      clock = new RealClock(originNs);
      live();
    },
    command: (angleDeg, powered) => {
      return world.command(angleDeg, powered) ?? { appliedAtNs: world.timeNs, powered };
    },
    move: (move) => {
      world.move({ ...move, atMs: world.timeNs / NS_PER_MS });
      return world.timeNs;
    },
    position: (name) => world.position(name),
    reach: (limb, point) => world.reach(limb, point),
  };

  parentPort!.on("message", ({ id, call, args }: Question) => {
    keepUp();
    try {
      const answer = (calls[call] as (...args: readonly unknown[]) => unknown)(...args);
      post({ type: "answer", id, answer });
    } catch (error) {
      post({ type: "refusal", id, error });
    }
  });

  post({ type: "open", script });
};

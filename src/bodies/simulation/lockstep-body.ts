// The simulation on a simulated clock. Physics and readings happen when the clock arrives at a
// stamp, before any task due at it; the samples go out as a task of that stamp. So whoever sends a
// frame at t has no part in the readings of t, in whatever order the tasks of t run.
import { type Observable, Subject } from "rxjs";
import { NS_PER_MS } from "../../core/clock.ts";
import type { SimulatedClock } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type {
  BodyStatus,
  Oracle,
  Sample,
  SceneMove,
  ServoFrame,
  WorldState,
} from "../../core/ports.ts";
import { scriptOf, type SimulationBody, type SimulationOptions } from "./simulation-port.ts";
import { type SteppedWorld, World, type WorldEvent, type WorldOptions } from "./world.ts";

export class LockstepBody implements SimulationBody {
  readonly kind: string;
  readonly samples: Observable<Sample>;
  readonly states: Observable<WorldState>;
  readonly oracle: Oracle;
  readonly script: readonly SceneMove[];
  readonly #clock: SimulatedClock;
  readonly #world: SteppedWorld;
  readonly #samples = new Subject<Sample>();
  readonly #states = new Subject<WorldState>();
  #taken: WorldEvent[] = [];
  #cancel = (): void => {};
  #closed = false;

  /** `load`: makes the world, one with a board in it as well. */
  static async open(
    options: SimulationOptions & { readonly clock: SimulatedClock },
    kind = "simulation",
    load: (options: WorldOptions) => Promise<SteppedWorld> = (world) => World.load(world),
  ): Promise<LockstepBody> {
    options.signal?.throwIfAborted();
    const script = await scriptOf(options);
    const world = await load({ ...options, script });
    if (options.signal?.aborted) world.close();
    options.signal?.throwIfAborted();
    return new LockstepBody(kind, world, options.clock, script);
  }

  private constructor(
    kind: string,
    world: SteppedWorld,
    clock: SimulatedClock,
    script: readonly SceneMove[],
  ) {
    this.kind = kind;
    this.#world = world;
    this.script = script;
    this.#clock = clock;
    this.samples = this.#samples.asObservable();
    this.states = this.#states.asObservable();
    this.oracle = {
      position: async (name) => this.#open().position(name),
      reach: async (limb, pointM) => this.#open().reach(limb, pointM),
    };
    const openedNs = clock.nowNs();
    world.advance(openedNs, (event) => event.timeNs === openedNs && this.#taken.push(event));
    clock.followedBy((timeNs) => {
      if (!this.#closed) world.advance(timeNs, (event) => this.#taken.push(event));
    });
    this.#schedule();
  }

  get actuationJoules(): number {
    return this.#world.joules;
  }

  async send(frame: ServoFrame): Promise<BodyStatus> {
    const world = this.#open();
    const { angleDeg, powered } = frame;
    return world.command(angleDeg, powered) ?? { appliedAtNs: this.#clock.nowNs(), powered };
  }

  async move(move: Omit<SceneMove, "atMs">): Promise<number> {
    const world = this.#open();
    const startNs = this.#clock.nowNs();
    world.move({ ...move, atMs: startNs / NS_PER_MS });
    return startNs;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancel();
    this.#world.close();
    this.#samples.complete();
    this.#states.complete();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #schedule(): void {
    const dueNs = this.#taken[0]?.timeNs ?? this.#world.dueNs;
    this.#cancel = this.#clock.at(dueNs, () => this.#emit());
  }

  #emit(): void {
    const taken = this.#taken;
    this.#taken = [];
    for (const event of taken) {
      if (this.#closed) return;
      if ("kind" in event) this.#samples.next(event);
      else this.#states.next(event);
    }
    if (!this.#closed) this.#schedule();
  }

  #open(): SteppedWorld {
    if (this.#closed) throw new BodyError("the simulation is closed; open another");
    return this.#world;
  }
}

// The body's own sensors: each has its rate and its stamps, exactly k / rate, and its own noise, so
// that one more sensor changes nothing in the readings of the others. Those on a wire have neither: a board looks
// at them when it likes. The microphone is not ours.
import { NS_PER_S } from "../../core/clock.ts";
import type { Sample } from "../../core/ports.ts";
import { Random } from "../../core/random.ts";
import type { SensorDescription } from "../../core/robot.ts";
import { RayCamera } from "./ray-camera.ts";
import type { Scene } from "./scene.ts";
import type { ServoModel } from "./servo-model.ts";
import { Thermometer } from "./thermometer.ts";

type Scalar = Extract<SensorDescription, { kind: "heat" | "distance" | "touch" }>;
type Camera = Extract<SensorDescription, { kind: "camera" }>;

/** One sensor of a simulated body, between two of its samples. */
class SimulatedSensor {
  readonly #rateHz: number;
  readonly #take: (timeNs: number) => Sample;
  #taken = 0;

  constructor(rateHz: number, take: (timeNs: number) => Sample) {
    this.#rateHz = rateHz;
    this.#take = take;
  }

  /** Stamp of its next sample. */
  get dueNs(): number {
    return Math.round((this.#taken * NS_PER_S) / this.#rateHz);
  }

  take(): Sample {
    const sample = this.#take(this.dueNs);
    this.#taken++;
    return sample;
  }
}

/** All sensors of a simulated body, in the order of robot.yaml. */
export class Sensing {
  readonly sensors: readonly SimulatedSensor[];
  /** By name, what a sensor on a wire says now, in its own unit. */
  readonly wired = new Map<string, () => number>();
  readonly #scene: Scene;
  readonly #seed: number;
  readonly #thermometers: Thermometer[] = [];
  readonly #cameras: RayCamera[] = [];

  /** @param onWires names of the sensors that are only looked at by somebody else */
  constructor(scene: Scene, servos: ServoModel, seed: number, onWires: readonly string[] = []) {
    this.#scene = scene;
    this.#seed = seed;
    this.sensors = scene.robot.sensors.flatMap((sensor) => {
      switch (sensor.kind) {
        case "microphone":
          return [];
        case "joints":
          // A hobby servo tells no position: what it was told is all there is to know.
          return new SimulatedSensor(sensor.rateHz, (timeNs) => ({
            kind: "values",
            sensor: sensor.name,
            timeNs,
            values: servos.commandDeg.slice(),
          }));
        case "camera":
          return this.#camera(sensor);
        case "heat":
        case "distance":
        case "touch": {
          const read = this.#noisy(sensor);
          if (!onWires.includes(sensor.name)) return this.#scalar(sensor, read);
          this.wired.set(sensor.name, read);
          return [];
        }
      }
    });
  }

  /** What must be followed at every physics step. */
  step(): void {
    for (const thermometer of this.#thermometers) thermometer.step();
  }

  close(): void {
    for (const camera of this.#cameras) camera.close();
  }

  #camera({ name, rateHz, width, height, maxDepthM }: Camera): SimulatedSensor {
    const index = this.#scene.find("camera", name, `sensor ${name}`);
    const camera = new RayCamera(this.#scene.mujoco, index, { width, height, maxDepthM });
    this.#cameras.push(camera);
    return new SimulatedSensor(rateHz, (timeNs) => ({
      kind: "image",
      sensor: name,
      timeNs,
      width,
      height,
      ...camera.render(),
    }));
  }

  #scalar({ name, rateHz }: Scalar, read: () => number): SimulatedSensor {
    return new SimulatedSensor(rateHz, (timeNs) => ({
      kind: "values",
      sensor: name,
      timeNs,
      values: Float64Array.of(read()),
    }));
  }

  /** Reads one quantity with its noise, another one each time, and within the sensor's range. */
  #noisy(sensor: Scalar): () => number {
    const { name, range, noise } = sensor;
    const random = new Random(this.#seed, name);
    const read = this.#reader(sensor);
    return () => Math.min(range[1], Math.max(range[0], read() + random.normal(noise)));
  }

  /** Reads one quantity in the sensor's own unit, before noise and range. */
  #reader({ name, kind, range }: Scalar): () => number {
    const { mujoco } = this.#scene;
    if (kind === "heat") {
      const site = this.#scene.find("site", name, `sensor ${name}`);
      const thermometer = new Thermometer(this.#scene, site);
      this.#thermometers.push(thermometer);
      return () => thermometer.temperatureC;
    }
    const sensor = this.#scene.find("sensor", name, `sensor ${name}`);
    const address = mujoco.layout.sensorAddress[sensor]!;
    if (kind === "touch") return () => mujoco.live.sensorData[address]!;
    // MuJoCo says -1 where the beam meets nothing; a real one then reads its longest distance.
    return () => {
      const distanceM = mujoco.live.sensorData[address]!;
      return distanceM < 0 ? range[1] : distanceM;
    };
  }
}

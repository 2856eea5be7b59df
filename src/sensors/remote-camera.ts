// A camera at the far end of a network: pictures that come ready in the robot's size. It measures no depth: every
// point is told as far away, as with webcam.ts, and a picture's stamp is that of its arrival.
import { type Observable, Subject } from "rxjs";
import { type Clock, NS_PER_S } from "../core/clock.ts";
import type { ImageSample, Sensor } from "../core/ports.ts";

export interface RemoteCameraOptions {
  /** Name of the sensor in robot.yaml. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly rateHz: number;
  readonly maxDepthM: number;
  readonly clock: Clock;
}

/** Pictures that come closer together than this share of their period, as after a standstill, are left out. */
const CLOSEST = 0.5;

export class RemoteCamera implements Sensor {
  readonly name: string;
  readonly samples: Observable<ImageSample>;
  readonly #seen = new Subject<ImageSample>();
  readonly #options: RemoteCameraOptions;
  readonly #depthM: Float32Array;
  #lastNs = -Infinity;

  constructor(options: RemoteCameraOptions) {
    this.#options = options;
    this.name = options.name;
    this.samples = this.#seen.asObservable();
    this.#depthM = new Float32Array(options.width * options.height).fill(options.maxDepthM);
  }

  /** Takes a picture, rgb [height, width, 3]. Returns whether it is seen: one of another size, or too soon, is not. */
  take(rgb: Uint8Array): boolean {
    const { name, width, height, rateHz, clock } = this.#options;
    const timeNs = Math.round(clock.nowNs());
    if (rgb.length !== width * height * 3) return false;
    if (timeNs - this.#lastNs < (CLOSEST * NS_PER_S) / rateHz) return false;
    this.#lastNs = timeNs;
    this.#seen.next({
      kind: "image",
      sensor: name,
      timeNs,
      width,
      height,
      rgb,
      depthM: this.#depthM,
    });
    return true;
  }
}

// What the rays of a picture meet, one a pixel: what every way of casting them has in common, and the
// one that MuJoCo itself offers, for scenes with solids of any kind.
import type { Mujoco } from "./mujoco.ts";
import type { Point } from "./scene.ts";

/** The rays of a pinhole camera. */
export interface Fan {
  readonly width: number;
  readonly height: number;
  /** Half the picture's width and height, in focal lengths. */
  readonly half: readonly [x: number, y: number];
  /** [pixels, 3] unit vectors in the camera's frame: x right, y up, looking along -z. */
  readonly rays: Float64Array;
}

export const fanOf = (width: number, height: number, fovyDeg: number): Fan => {
  const y = Math.tan((fovyDeg * Math.PI) / 360);
  const half = [(y * width) / height, y] as const;
  const rays = new Float64Array(3 * width * height);
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 3) {
      const right = half[0] * ((2 * (column + 0.5)) / width - 1);
      const up = half[1] * (1 - (2 * (row + 0.5)) / height);
      const scale = 1 / Math.hypot(right, up, 1);
      rays.set([right * scale, up * scale, -scale], at);
    }
  return { width, height, half, rays };
};

/** A rotation, row-major. */
export type Nine = readonly [...Point, ...Point, ...Point];

/** From where a picture is taken, in the world. */
export interface Viewpoint {
  readonly position: Point;
  /** Camera to world. */
  readonly axes: Nine;
  /** A body that is not seen, -1 for none. */
  readonly exceptBody: number;
}

/** Casts a fan. The answers are good until the next cast, or the next call into MuJoCo. */
export interface Sight {
  cast(from: Viewpoint): void;
  /** [pixels] geom that was hit, -1 for none. */
  readonly geom: Int32Array;
  /** [pixels] metres, of what was hit. */
  readonly distance: Float64Array;
  /** [pixels, 3] outward normal of what was hit, in the world. */
  readonly normal: Float64Array;
  close(): void;
}

const NO_CUTOFF_M = 1e9;

/** By mj_multiRay, of solids of any kind. */
export class AnySight implements Sight {
  readonly #fan: Fan;
  readonly #rays: ReturnType<Mujoco["rays"]>;
  readonly #inWorld: Float64Array;

  constructor(mujoco: Mujoco, fan: Fan) {
    this.#fan = fan;
    this.#rays = mujoco.rays(fan.width * fan.height);
    this.#inWorld = new Float64Array(fan.rays.length);
  }

  cast({ position, axes, exceptBody }: Viewpoint): void {
    const own = this.#fan.rays;
    const world = this.#inWorld;
    const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = axes;
    for (let at = 0; at < own.length; at += 3) {
      const x = own[at]!;
      const y = own[at + 1]!;
      const z = own[at + 2]!;
      world[at] = xx * x + xy * y + xz * z;
      world[at + 1] = yx * x + yy * y + yz * z;
      world[at + 2] = zx * x + zy * y + zz * z;
    }
    this.#rays.cast(position, world, exceptBody, NO_CUTOFF_M);
  }

  get geom(): Int32Array {
    return this.#rays.geom;
  }

  get distance(): Float64Array {
    return this.#rays.distance;
  }

  get normal(): Float64Array {
    return this.#rays.normal;
  }

  close(): void {
    this.#rays.close();
  }
}

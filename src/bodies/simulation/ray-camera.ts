// A colour and depth camera without a GPU: one ray a pixel against the geoms (mj_multiRay), Lambert
// shading of their plain colours under one lamp. 64x64 takes about 2 ms on a robot of primitives.
import type { Mujoco } from "./mujoco.ts";
import { pointAt } from "./scene.ts";

const LAMP = [0.32, 0.22, 0.92] as const; // unit vector towards the light, over the left shoulder
const AMBIENT = 0.35;
const SKY = [150, 180, 215] as const;
const SIGHT_M = 10;

interface CameraOptions {
  readonly width: number;
  readonly height: number;
  readonly maxDepthM: number;
}

export class RayCamera {
  readonly #mujoco: Mujoco;
  readonly #camera: number;
  /** The body that carries the camera and does not hide its view; -1 for one that hangs in the world. */
  readonly #carrier: number;
  readonly #maxDepthM: number;
  readonly #rays: ReturnType<Mujoco["rays"]>;
  /** [pixels, 3] unit vectors in the camera's frame: x right, y up, looking along -z. */
  readonly #own: Float64Array;
  readonly #inWorld: Float64Array;

  constructor(mujoco: Mujoco, camera: number, options: CameraOptions) {
    const { width, height, maxDepthM } = options;
    this.#mujoco = mujoco;
    this.#camera = camera;
    this.#carrier = mujoco.layout.cameraBody[camera]! || -1;
    this.#maxDepthM = maxDepthM;
    this.#rays = mujoco.rays(width * height);
    this.#own = new Float64Array(3 * width * height);
    this.#inWorld = new Float64Array(3 * width * height);
    const half = Math.tan((mujoco.layout.cameraFovyDeg[camera]! * Math.PI) / 360);
    for (let row = 0, at = 0; row < height; row++)
      for (let column = 0; column < width; column++, at += 3) {
        const x = half * (width / height) * ((2 * (column + 0.5)) / width - 1);
        const y = half * (1 - (2 * (row + 0.5)) / height);
        const scale = 1 / Math.hypot(x, y, 1);
        this.#own.set([x * scale, y * scale, -scale], at);
      }
  }

  /** rgb [height, width, 3] and depth [height, width] metres along the optical axis, capped at maxDepthM. */
  render(): { rgb: Uint8Array; depthM: Float32Array } {
    const own = this.#own;
    this.#aim();
    const { geomColour } = this.#mujoco.layout;
    const origin = pointAt(this.#mujoco.live.cameraPosition, this.#camera);
    this.#rays.cast(origin, this.#inWorld, this.#carrier, SIGHT_M);
    const { geom, distance, normal } = this.#rays;
    const rgb = new Uint8Array(own.length);
    const depthM = new Float32Array(geom.length);
    for (let pixel = 0, at = 0; pixel < geom.length; pixel++, at += 3) {
      const hit = geom[pixel]!;
      if (hit < 0) {
        rgb.set(SKY, at);
        depthM[pixel] = this.#maxDepthM;
        continue;
      }
      const facing = normal[at]! * LAMP[0] + normal[at + 1]! * LAMP[1] + normal[at + 2]! * LAMP[2];
      const light = 255 * (AMBIENT + (1 - AMBIENT) * Math.max(0, facing));
      rgb[at] = light * geomColour[4 * hit]!;
      rgb[at + 1] = light * geomColour[4 * hit + 1]!;
      rgb[at + 2] = light * geomColour[4 * hit + 2]!;
      depthM[pixel] = Math.min(this.#maxDepthM, -own[at + 2]! * distance[pixel]!);
    }
    return { rgb, depthM };
  }

  close(): void {
    this.#rays.close();
  }

  #aim(): void {
    const own = this.#own;
    const world = this.#inWorld;
    const axes = this.#mujoco.live.cameraAxes.subarray(9 * this.#camera);
    const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = axes as unknown as Nine;
    for (let at = 0; at < own.length; at += 3) {
      const x = own[at]!;
      const y = own[at + 1]!;
      const z = own[at + 2]!;
      world[at] = xx * x + xy * y + xz * z;
      world[at + 1] = yx * x + yy * y + yz * z;
      world[at + 2] = zx * x + zy * y + zz * z;
    }
  }
}

type Nine = readonly [number, number, number, number, number, number, number, number, number];

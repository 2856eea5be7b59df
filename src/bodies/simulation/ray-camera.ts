// A colour and depth camera without a GPU: one ray a pixel against the geoms, Lambert shading of their
// plain colours under one lamp.
import type { Mujoco } from "./mujoco.ts";
import { PrimitiveSight } from "./primitive-sight.ts";
import { pointAt } from "./scene.ts";
import { AnySight, type Fan, fanOf, type Nine, type Sight } from "./sight.ts";

const LAMP = [0.32, 0.22, 0.92] as const; // unit vector towards the light, over the left shoulder
const AMBIENT = 0.35;
const SKY = [150, 180, 215] as const;

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
  readonly #fan: Fan;
  readonly #sight: Sight;

  constructor(mujoco: Mujoco, camera: number, { width, height, maxDepthM }: CameraOptions) {
    this.#mujoco = mujoco;
    this.#camera = camera;
    this.#carrier = mujoco.layout.cameraBody[camera]! || -1;
    this.#maxDepthM = maxDepthM;
    this.#fan = fanOf(width, height, mujoco.layout.cameraFovyDeg[camera]!);
    const Eye = PrimitiveSight.fits(mujoco) ? PrimitiveSight : AnySight;
    this.#sight = new Eye(mujoco, this.#fan);
  }

  /** rgb [height, width, 3] and depth [height, width] metres along the optical axis, capped at maxDepthM. */
  render(): { rgb: Uint8Array; depthM: Float32Array } {
    const { rays } = this.#fan;
    const { geomColour } = this.#mujoco.layout;
    const { cameraPosition, cameraAxes } = this.#mujoco.live;
    const position = pointAt(cameraPosition, this.#camera);
    const axes = [
      ...cameraAxes.subarray(9 * this.#camera, 9 * this.#camera + 9),
    ] as unknown as Nine;
    this.#sight.cast({ position, axes, exceptBody: this.#carrier });
    const { geom, distance, normal } = this.#sight;
    const rgb = new Uint8Array(rays.length);
    const depthM = new Float32Array(geom.length);
    for (let pixel = 0, at = 0; pixel < geom.length; pixel++, at += 3) {
      const hit = geom[pixel]!;
      if (hit < 0) {
        rgb[at] = SKY[0];
        rgb[at + 1] = SKY[1];
        rgb[at + 2] = SKY[2];
        depthM[pixel] = this.#maxDepthM;
        continue;
      }
      const facing = normal[at]! * LAMP[0] + normal[at + 1]! * LAMP[1] + normal[at + 2]! * LAMP[2];
      const light = 255 * (AMBIENT + (1 - AMBIENT) * Math.max(0, facing));
      rgb[at] = light * geomColour[4 * hit]!;
      rgb[at + 1] = light * geomColour[4 * hit + 1]!;
      rgb[at + 2] = light * geomColour[4 * hit + 2]!;
      depthM[pixel] = Math.min(this.#maxDepthM, -rays[at + 2]! * distance[pixel]!);
    }
    return { rgb, depthM };
  }

  close(): void {
    this.#sight.close();
  }
}

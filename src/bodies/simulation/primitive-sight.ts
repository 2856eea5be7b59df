// What the rays of a picture meet where every solid is a primitive, many times faster than mj_multiRay, which
// looks at every solid for every ray. Here a solid is looked at by the rays of the rectangle that it covers
// in the picture, in its own frame, where each kind is a few lines of algebra.
import { GEOM_KINDS } from "./geom-kinds.ts";
import type { Mujoco } from "./mujoco.ts";
import { NONE, type Primitive, PRIMITIVES } from "./primitives.ts";
import { type Point, pointAt } from "./scene.ts";
import type { Fan, Nine, Sight, Viewpoint } from "./sight.ts";

interface Solid {
  readonly geom: number;
  readonly kind: Primitive;
  readonly body: number;
  readonly size: Point;
  /** Of the sphere around it; without end for a plane. */
  readonly radiusM: number;
  /** Camera to the solid's own frame, of the cast at hand: a rotation [3, 3], and where the camera is [3]. */
  readonly own: Float64Array;
}

const EVERYWHERE = [-Infinity, Infinity] as const;
type Twelve = readonly [...Nine, ...Point];

/** Tangents between which a ball is seen along one axis of the picture; undefined behind the camera. */
const spanOf = (
  aside: number,
  ahead: number,
  radius: number,
): readonly [number, number] | undefined => {
  const distance = Math.hypot(aside, ahead);
  if (distance <= radius) return EVERYWHERE;
  const [middle, half] = [Math.atan2(aside, ahead), Math.asin(radius / distance)];
  const [from, to] = [middle - half, middle + half];
  if (to <= -Math.PI / 2 || from >= Math.PI / 2) return undefined;
  return [
    from <= -Math.PI / 2 ? -Infinity : Math.tan(from),
    to >= Math.PI / 2 ? Infinity : Math.tan(to),
  ];
};

export class PrimitiveSight implements Sight {
  readonly geom: Int32Array;
  readonly distance: Float64Array;
  readonly normal: Float64Array;
  readonly #mujoco: Mujoco;
  readonly #fan: Fan;
  readonly #solids: readonly Solid[];
  readonly #solidOf = new Map<number, Solid>();
  readonly #outward = new Float64Array(3);

  /** Whether all that can be seen is made of primitives. */
  static fits({ geoms }: Mujoco): boolean {
    return geoms.every(({ type, isVisible }) => type in GEOM_KINDS || !isVisible);
  }

  constructor(mujoco: Mujoco, fan: Fan) {
    const pixels = fan.width * fan.height;
    this.geom = new Int32Array(pixels);
    this.distance = new Float64Array(pixels);
    this.normal = new Float64Array(3 * pixels);
    this.#mujoco = mujoco;
    this.#fan = fan;
    this.#solids = mujoco.geoms.flatMap(({ type, body, size, radiusM, isVisible }, geom) => {
      const kind = GEOM_KINDS[type as keyof typeof GEOM_KINDS];
      return isVisible ? { geom, kind, body, size, radiusM, own: new Float64Array(12) } : [];
    });
    for (const solid of this.#solids) this.#solidOf.set(solid.geom, solid);
  }

  cast(from: Viewpoint): void {
    this.geom.fill(NONE);
    this.distance.fill(Infinity);
    for (const solid of this.#solids) if (solid.body !== from.exceptBody) this.#look(solid, from);
    this.#turnOutward();
  }

  close(): void {}

  #look(solid: Solid, { position, axes }: Viewpoint): void {
    const { geom, kind, radiusM, own } = solid;
    const [a, b, c] = solid.size;
    const { geomPosition, geomAxes } = this.#mujoco.live;
    const solidAxes = geomAxes.subarray(9 * geom, 9 * geom + 9);
    const [x, y, z] = pointAt(geomPosition, geom);
    const [toX, toY, toZ] = [x - position[0], y - position[1], z - position[2]];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let sum = 0;
        for (let k = 0; k < 3; k++) sum += solidAxes[3 * k + i]! * axes[3 * k + j]!;
        own[3 * i + j] = sum;
      }
      own[9 + i] = -(solidAxes[i]! * toX + solidAxes[3 + i]! * toY + solidAxes[6 + i]! * toZ);
    }
    const along = (j: number): number => axes[j]! * toX + axes[3 + j]! * toY + axes[6 + j]! * toZ;
    const { width, height, half, rays } = this.#fan;
    const ahead = -along(2);
    const across = spanOf(along(0), ahead, radiusM);
    const upright = spanOf(along(1), ahead, radiusM);
    if (across === undefined || upright === undefined) return;
    const columnAt = (tangent: number): number => ((tangent / half[0] + 1) * width - 1) / 2;
    const rowAt = (tangent: number): number => ((1 - tangent / half[1]) * height - 1) / 2;
    const left = Math.max(0, Math.ceil(columnAt(across[0])));
    const right = Math.min(width - 1, Math.floor(columnAt(across[1])));
    const top = Math.max(0, Math.ceil(rowAt(upright[1])));
    const bottom = Math.min(height - 1, Math.floor(rowAt(upright[0])));

    const { meet } = PRIMITIVES[kind];
    const [xx, xy, xz, yx, yy, yz, zx, zy, zz, ox, oy, oz] = own as unknown as Twelve;
    for (let row = top; row <= bottom; row++)
      for (let pixel = row * width + left; pixel <= row * width + right; pixel++) {
        const rx = rays[3 * pixel]!;
        const ry = rays[3 * pixel + 1]!;
        const rz = rays[3 * pixel + 2]!;
        const dx = xx * rx + xy * ry + xz * rz;
        const dy = yx * rx + yy * ry + yz * rz;
        const dz = zx * rx + zy * ry + zz * rz;
        const t = meet(ox, oy, oz, dx, dy, dz, a, b, c);
        if (t < 0 || t >= this.distance[pixel]!) continue;
        this.distance[pixel] = t;
        this.geom[pixel] = geom;
      }
  }

  /** Normals of what was hit in the end, for a run of rays that hit the same solid at once. */
  #turnOutward(): void {
    const { geom } = this;
    for (let from = 0; from < geom.length;) {
      const solid = this.#solidOf.get(geom[from]!);
      let to = from + 1;
      while (to < geom.length && geom[to] === geom[from]) to++;
      if (solid !== undefined) this.#turn(solid, from, to);
      from = to;
    }
  }

  #turn({ geom, kind, size: [a, b, c], own }: Solid, fromPixel: number, toPixel: number): void {
    const { distance, normal } = this;
    const { rays } = this.#fan;
    const out = this.#outward;
    const outward = PRIMITIVES[kind].normal;
    const [xx, xy, xz, yx, yy, yz, zx, zy, zz, ox, oy, oz] = own as unknown as Twelve;
    const axes = this.#mujoco.live.geomAxes.subarray(9 * geom, 9 * geom + 9);
    const [axx, axy, axz, ayx, ayy, ayz, azx, azy, azz] = axes as unknown as Nine;
    for (let pixel = fromPixel, at = 3 * pixel; pixel < toPixel; pixel++, at += 3) {
      const t = distance[pixel]!;
      const rx = t * rays[at]!;
      const ry = t * rays[at + 1]!;
      const rz = t * rays[at + 2]!;
      const x = ox + xx * rx + xy * ry + xz * rz;
      const y = oy + yx * rx + yy * ry + yz * rz;
      const z = oz + zx * rx + zy * ry + zz * rz;
      outward(x, y, z, a, b, c, out);
      const u = out[0]!;
      const v = out[1]!;
      const w = out[2]!;
      const scale = 1 / Math.sqrt(u * u + v * v + w * w);
      normal[at] = scale * (axx * u + axy * v + axz * w);
      normal[at + 1] = scale * (ayx * u + ayy * v + ayz * w);
      normal[at + 2] = scale * (azx * u + azy * v + azz * w);
    }
  }
}

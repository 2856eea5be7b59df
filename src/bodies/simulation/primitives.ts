// The primitives that MuJoCo knows, as a ray sees them: from o in direction d (of length 1) in the solid's
// own frame, of half extents a, b, c as MuJoCo gives them. What is met is what mj_ray meets, a surface,
// but a plane's, from within as well as from without.
import type { GEOM_KINDS } from "./geom-kinds.ts";

export type Primitive = (typeof GEOM_KINDS)[keyof typeof GEOM_KINDS];

/** Metres to what is met first, {@link NONE} where nothing is. */
type Meet = (
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  a: number,
  b: number,
  c: number,
) => number;

/** Writes the outward normal, of any length, at a point x, y, z of the surface. */
type Normal = (
  x: number,
  y: number,
  z: number,
  a: number,
  b: number,
  c: number,
  out: Float64Array,
) => void;

export const NONE = -1;
/** MuJoCo's mjMINVAL: a ray that only grazes meets nothing. */
const LEAST = 1e-15;

/** The first t from 0 on at which a t² + 2 b t + c = 0. */
const root = (a: number, b: number, c: number): number => {
  const square = b * b - a * c;
  if (square < LEAST) return NONE;
  const width = Math.sqrt(square);
  if (-b - width >= 0) return (-b - width) / a;
  return -b + width >= 0 ? (-b + width) / a : NONE;
};

const first = (s: number, t: number): number => (t >= 0 && (s < 0 || t < s) ? t : s);

/** Only the side that z points to is there; sizes of 0 are endless. */
const plane: Meet = (ox, oy, oz, dx, dy, dz, a, b) => {
  if (dz > -LEAST) return NONE;
  const t = -oz / dz;
  const isOn = (a <= 0 || Math.abs(ox + t * dx) <= a) && (b <= 0 || Math.abs(oy + t * dy) <= b);
  return t >= 0 && isOn ? t : NONE;
};

const sphere: Meet = (ox, oy, oz, dx, dy, dz, radius) =>
  root(1, ox * dx + oy * dy + oz * dz, ox * ox + oy * oy + oz * oz - radius * radius);

const ellipsoid: Meet = (ox, oy, oz, dx, dy, dz, a, b, c) => {
  const [px, py, pz] = [ox / a, oy / b, oz / c];
  const [vx, vy, vz] = [dx / a, dy / b, dz / c];
  const toward = px * vx + py * vy + pz * vz;
  return root(vx * vx + vy * vy + vz * vz, toward, px * px + py * py + pz * pz - 1);
};

/** The round wall of a cylinder. */
const wall: Meet = (ox, oy, oz, dx, dy, dz, radius, half) => {
  const t = root(dx * dx + dy * dy, ox * dx + oy * dy, ox * ox + oy * oy - radius * radius);
  return t >= 0 && Math.abs(oz + t * dz) <= half ? t : NONE;
};

const lid: Meet = (ox, oy, oz, dx, dy, dz, radius, z) => {
  const t = (z - oz) / dz;
  return t >= 0 && (ox + t * dx) ** 2 + (oy + t * dy) ** 2 <= radius * radius ? t : NONE;
};

const cylinder: Meet = (ox, oy, oz, dx, dy, dz, radius, half, c) => {
  const round = wall(ox, oy, oz, dx, dy, dz, radius, half, c);
  if (Math.abs(dz) < LEAST) return round;
  const top = lid(ox, oy, oz, dx, dy, dz, radius, half, c);
  return first(first(round, top), lid(ox, oy, oz, dx, dy, dz, radius, -half, c));
};

/** The outer half, above z 0, of a ball: the end of a capsule. */
const dome: Meet = (ox, oy, oz, dx, dy, dz, radius) => {
  const b = ox * dx + oy * dy + oz * dz;
  const square = b * b - (ox * ox + oy * oy + oz * oz - radius * radius);
  if (square < LEAST) return NONE;
  const width = Math.sqrt(square);
  const [near, far] = [-b - width, -b + width];
  if (near >= 0 && oz + near * dz >= 0) return near;
  return far >= 0 && oz + far * dz >= 0 ? far : NONE;
};

const capsule: Meet = (ox, oy, oz, dx, dy, dz, radius, half, c) => {
  const round = wall(ox, oy, oz, dx, dy, dz, radius, half, c);
  const top = dome(ox, oy, oz - half, dx, dy, dz, radius, half, c);
  return first(first(round, top), dome(ox, oy, -oz - half, dx, dy, -dz, radius, half, c));
};

/** Between the nearer and the farther faces of each axis; a ray along two faces meets them endlessly far. */
const box: Meet = (ox, oy, oz, dx, dy, dz, a, b, c) => {
  const x0 = (-a - ox) / dx;
  const x1 = (a - ox) / dx;
  const y0 = (-b - oy) / dy;
  const y1 = (b - oy) / dy;
  const z0 = (-c - oz) / dz;
  const z1 = (c - oz) / dz;
  const enter = Math.max(Math.min(x0, x1), Math.min(y0, y1), Math.min(z0, z1));
  const leave = Math.min(Math.max(x0, x1), Math.max(y0, y1), Math.max(z0, z1));
  if (!(enter <= leave && leave >= 0)) return NONE;
  return enter >= 0 ? enter : leave;
};

const set = (out: Float64Array, x: number, y: number, z: number): void => {
  out[0] = x;
  out[1] = y;
  out[2] = z;
};

export const PRIMITIVES: Readonly<
  Record<Primitive, { readonly meet: Meet; readonly normal: Normal }>
> = {
  plane: { meet: plane, normal: (_x, _y, _z, _a, _b, _c, out) => set(out, 0, 0, 1) },
  sphere: { meet: sphere, normal: (x, y, z, _a, _b, _c, out) => set(out, x, y, z) },
  ellipsoid: {
    meet: ellipsoid,
    normal: (x, y, z, a, b, c, out) => set(out, x / (a * a), y / (b * b), z / (c * c)),
  },
  capsule: {
    meet: capsule,
    normal: (x, y, z, _, half, _c, out) => set(out, x, y, z - Math.max(-half, Math.min(half, z))),
  },
  cylinder: {
    meet: cylinder,
    normal: (x, y, z, radius, half, _, out) => {
      const isOnLid = half - Math.abs(z) < radius - Math.hypot(x, y);
      if (isOnLid) set(out, 0, 0, z);
      else set(out, x, y, 0);
    },
  },
  box: {
    meet: box,
    normal: (x, y, z, a, b, c, out) => {
      const u = a - Math.abs(x); // 0 on a face
      const v = b - Math.abs(y);
      const w = c - Math.abs(z);
      if (u <= v && u <= w) set(out, x, 0, 0);
      else if (v <= w) set(out, 0, y, 0);
      else set(out, 0, 0, z);
    },
  },
};

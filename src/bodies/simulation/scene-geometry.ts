// Compiles a scene only to tell what it looks like.
import load from "@mujoco/mujoco";
import type { SceneGeometry } from "../../core/scene-geometry.ts";
import { GEOM_KINDS } from "./geom-kinds.ts";

/** A mesh's size is half of the box around it. */
const SHAPES: Readonly<Record<number, SceneGeometry["geoms"][number]["shape"]>> = {
  ...GEOM_KINDS,
  7: "box",
};
const JOINTS = ["free", "ball", "slide", "hinge"] as const;

/** Throws MuJoCo's own Error when the MJCF is wrong. */
export const describeScene = async (mjcf: string): Promise<SceneGeometry> => {
  const mj = await load();
  const model = mj.MjModel.from_xml_string(mjcf);
  const names = new Uint8Array(model.names);
  const nameAt = (from: number): string =>
    new TextDecoder().decode(names.subarray(from, names.indexOf(0, from)));
  const row = (array: ArrayLike<number>, index: number, width: number): number[] =>
    Array.from({ length: width }, (_, k) => Number(array[width * index + k]!.toPrecision(6)));
  const indices = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const joints = indices(model.njnt).map((joint) => ({
    body: Number(model.jnt_bodyid[joint]),
    name: nameAt(model.name_jntadr[joint]),
    kind: JOINTS[model.jnt_type[joint] as 0 | 1 | 2 | 3],
    position: row(model.jnt_pos, joint, 3),
    axis: row(model.jnt_axis, joint, 3),
    qpos: Number(model.jnt_qposadr[joint]),
  }));
  const geometry: SceneGeometry = {
    bodies: indices(model.nbody).map((body) => {
      const own = joints.filter((joint) => joint.body === body);
      return {
        name: nameAt(model.name_bodyadr[body]),
        parent: Number(model.body_parentid[body]),
        position: row(model.body_pos, body, 3),
        rotation: row(model.body_quat, body, 4),
        joints: own.map(({ body: _body, ...joint }) => joint),
        isMovable: model.body_mocapid[body] >= 0 || own[0]?.kind === "free",
      };
    }),
    geoms: indices(model.ngeom).flatMap((geom) => {
      const shape = SHAPES[model.geom_type[geom]];
      const rgba = row(model.geom_rgba, geom, 4);
      if (shape === undefined || rgba[3] === 0) return [];
      return {
        body: Number(model.geom_bodyid[geom]),
        shape,
        size: row(model.geom_size, geom, 3),
        position: row(model.geom_pos, geom, 3),
        rotation: row(model.geom_quat, geom, 4),
        rgba,
      };
    }),
    sites: indices(model.nsite).map((site) => ({
      name: nameAt(model.name_siteadr[site]),
      body: Number(model.site_bodyid[site]),
      position: row(model.site_pos, site, 3),
      rotation: row(model.site_quat, site, 4),
    })),
  };
  model.delete();
  return geometry;
};

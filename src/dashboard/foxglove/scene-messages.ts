// A robot's shapes and poses in Foxglove's words: its bodies are frames under "world", the shapes hang on them.
import type { BodyPose, Quaternion, Shape } from "../../core/scene-view.ts";

interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

const WORLD = "world";

/** A foxglove.SceneUpdate: told once, as shapes move with the frame that they hang on. */
export const sceneUpdate = (timestamp: Timestamp, shapes: readonly Shape[]): object => {
  const bodies = [...new Set(shapes.map(({ body }) => body))];
  return {
    entities: bodies.map((body) => {
      const own = shapes.filter((shape) => shape.body === body);
      return {
        timestamp,
        frame_id: body,
        id: body,
        frame_locked: true,
        cubes: own.filter(({ kind }) => kind === "box").map(solid),
        spheres: [
          ...own.filter(({ kind }) => kind === "sphere" || kind === "ellipsoid").map(solid),
          ...own.filter(({ kind }) => kind === "capsule").flatMap(capsuleEnds),
        ],
        cylinders: own
          .filter(({ kind }) => kind === "cylinder" || kind === "capsule")
          .map((shape) => ({ ...solid(shape), bottom_scale: 1, top_scale: 1 })),
      };
    }),
  };
};

/** A foxglove.FrameTransforms. */
export const frameTransforms = (timestamp: Timestamp, poses: readonly BodyPose[]): object => ({
  transforms: poses
    .filter(({ body }) => body !== WORLD)
    .map(({ body, positionM, rotation }) => ({
      timestamp,
      parent_frame_id: WORLD,
      child_frame_id: body,
      translation: vector(positionM),
      rotation: quaternion(rotation),
    })),
});

const vector = ([x, y, z]: readonly [number, number, number]): object => ({ x, y, z });
const quaternion = ([w, x, y, z]: Quaternion): object => ({ x, y, z, w });

const solid = ({ positionM, rotation, sizeM, colour: [r, g, b, a] }: Shape) => ({
  pose: { position: vector(positionM), orientation: quaternion(rotation) },
  size: vector(sizeM),
  color: { r, g, b, a },
});

/** A ball at either end, half of which is seen. */
const capsuleEnds = (shape: Shape): object[] => {
  const [width, , length] = shape.sizeM;
  const [w, x, y, z] = shape.rotation;
  const axis = [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)]; // its z, turned
  return [-length / 2, length / 2].map((along) => {
    const [px, py, pz] = shape.positionM.map((at, i) => at + along * axis[i]!);
    return solid({ ...shape, sizeM: [width, width, width], positionM: [px!, py!, pz!] });
  });
};

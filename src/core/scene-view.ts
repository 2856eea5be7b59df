// What a robot and its scene look like, and where their parts are: for whoever shows them in three dimensions.
import type { SessionRecord } from "./records.ts";

/** [w, x, y, z] */
export type Quaternion = readonly [number, number, number, number];
type Triple = readonly [number, number, number];

/** A coloured solid that is fixed to a body. */
export interface Shape {
  readonly body: string;
  /** A capsule is a cylinder with half a sphere at both ends; all lie along their own z. */
  readonly kind: "box" | "sphere" | "ellipsoid" | "cylinder" | "capsule";
  /** Full extent along its own axes, metres; a capsule's z without its ends. */
  readonly sizeM: Triple;
  /** Against the body. */
  readonly positionM: Triple;
  readonly rotation: Quaternion;
  /** Red, green, blue and opacity, 0..1. */
  readonly colour: readonly [number, number, number, number];
}

/** In the world's frame: x forward, y left, z up. */
export interface BodyPose {
  readonly body: string;
  readonly positionM: Triple;
  readonly rotation: Quaternion;
}

export interface SceneView {
  readonly shapes: readonly Shape[];
  /** Where the bodies are by what a record says; undefined where it says nothing of it. */
  poses(record: SessionRecord): readonly BodyPose[] | undefined;
  close(): void;
}

// What a robot and the things around it look like: the compiled MJCF as plain data, for whoever draws it.
// Metres and radians; a rotation is a quaternion w, x, y, z.
export interface SceneGeometry {
  readonly bodies: readonly SceneBody[];
  readonly geoms: readonly SceneGeom[];
  /** Named places, where sensors are. */
  readonly sites: readonly SceneSite[];
}

interface SceneSite {
  readonly name: string;
  readonly body: number;
  readonly position: readonly number[];
  readonly rotation: readonly number[];
}

export interface SceneBody {
  readonly name: string;
  /** Index of the body it hangs on; that of the world is 0, and comes first. */
  readonly parent: number;
  readonly position: readonly number[];
  readonly rotation: readonly number[];
  /** Its freedom against its parent, in the order in which it applies; none where it is fixed. */
  readonly joints: readonly SceneJoint[];
  /** Whether a hand from outside may carry it. */
  readonly isMovable: boolean;
}

interface SceneJoint {
  readonly name: string;
  readonly kind: "free" | "ball" | "slide" | "hinge";
  readonly position: readonly number[];
  readonly axis: readonly number[];
  /** Its place among the positions of a world state. */
  readonly qpos: number;
}

export interface SceneGeom {
  readonly body: number;
  /** A mesh is told as the box around it. */
  readonly shape: "plane" | "sphere" | "capsule" | "ellipsoid" | "cylinder" | "box";
  /** Half sizes, as MuJoCo has them. */
  readonly size: readonly number[];
  readonly position: readonly number[];
  readonly rotation: readonly number[];
  /** Red, green, blue, opacity, 0..1. */
  readonly rgba: readonly number[];
}

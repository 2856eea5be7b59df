/** MuJoCo's mjtGeom: the kinds of geom that can be drawn as they are. */
export const GEOM_KINDS = {
  0: "plane",
  2: "sphere",
  3: "capsule",
  4: "ellipsoid",
  5: "cylinder",
  6: "box",
} as const;

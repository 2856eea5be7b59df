// The protobuf types of a session and the descriptors that make a file readable without us:
// Foxglove's own schemas where one exists, so that its app opens a session as is, ours elsewhere.
// The package's own internal.js would also load its generators for ROS, TypeScript and the rest.
import { generateProto } from "@foxglove/schemas/dist/internal/generateProto.js";
import {
  foxgloveEnumSchemas,
  foxgloveMessageSchemas,
} from "@foxglove/schemas/dist/internal/schemas.js";
import { protobufToDescriptor } from "@mcap/support";
import protobuf from "protobufjs";
import { EFFERENCE_PROTO } from "./proto.ts";

type FoxgloveMessage = keyof typeof foxgloveMessageSchemas;

/** Foxglove's own messages, with what they are made of. */
const foxgloveRoot = (messages: readonly FoxgloveMessage[]): protobuf.Root => {
  const types = new protobuf.Root();
  for (const common of ["timestamp", "duration"])
    types.addJSON(protobuf.common.get(`google/protobuf/${common}.proto`)!.nested!);
  for (const name of messages) {
    const enums = Object.values(foxgloveEnumSchemas).filter((e) => e.parentSchemaName === name);
    protobuf.parse(generateProto(foxgloveMessageSchemas[name], enums), types, { keepCase: true });
  }
  return types;
};

const root = foxgloveRoot(["RawImage", "RawAudio", "JointState", "JointStates"]);
protobuf.parse(EFFERENCE_PROTO, root, { keepCase: true });
root.resolveAll();

/** The FileDescriptorSet of some packages, in the order in which they depend on each other. */
const descriptorOf = (types: protobuf.Root, ...packages: string[]): Uint8Array => {
  const set = protobufToDescriptor(types);
  const files = packages.map((name) => set.file!.find((file) => file.package === name)!);
  for (const [index, file] of files.entries())
    file.dependency = files.slice(0, index).map((earlier) => earlier.name); // protobufjs leaves it out
  set.file = files;
  return set.$type.encode(set).finish();
};

const FOXGLOVE = descriptorOf(root, "google.protobuf", "foxglove");
const EFFERENCE = descriptorOf(root, "efference");

export interface Schema {
  /** Full name of the message, package included. */
  readonly name: string;
  /** Encoded FileDescriptorSet. */
  readonly descriptor: Uint8Array;
  readonly type: protobuf.Type;
}

const schema = (name: string, descriptor: Uint8Array, types = root): Schema => ({
  name,
  descriptor,
  type: types.lookupType(name),
});

export const SCHEMAS = {
  image: schema("foxglove.RawImage", FOXGLOVE),
  audio: schema("foxglove.RawAudio", FOXGLOVE),
  joints: schema("foxglove.JointStates", FOXGLOVE),
  values: schema("efference.Values", EFFERENCE),
  tokens: schema("efference.Tokens", EFFERENCE),
  motion: schema("efference.Motion", EFFERENCE),
  act: schema("efference.Act", EFFERENCE),
  action: schema("efference.Action", EFFERENCE),
  applied: schema("efference.Applied", EFFERENCE),
  state: schema("efference.State", EFFERENCE),
  order: schema("efference.Order", EFFERENCE),
  safety: schema("efference.Safety", EFFERENCE),
  meter: schema("efference.Meter", EFFERENCE),
  episode: schema("efference.Episode", EFFERENCE),
  takeover: schema("efference.Takeover", EFFERENCE),
  source: schema("efference.Source", EFFERENCE),
  move: schema("efference.Move", EFFERENCE),
  cue: schema("efference.Cue", EFFERENCE),
} as const;

const SCENE_MESSAGES: readonly FoxgloveMessage[] = [
  "FrameTransforms",
  "FrameTransform",
  "SceneUpdate",
  "SceneEntity",
  "SceneEntityDeletion",
  "ArrowPrimitive",
  "CubePrimitive",
  "SpherePrimitive",
  "CylinderPrimitive",
  "LinePrimitive",
  "TriangleListPrimitive",
  "TextPrimitive",
  "ModelPrimitive",
  "KeyValuePair",
  "Pose",
  "Color",
  "Vector3",
  "Quaternion",
  "Point3",
];

/** What a robot and its scene look like: told live, and in no session, which holds what it follows from. */
export const sceneSchemas = (): Readonly<Record<"transforms" | "scene", Schema>> => {
  const types = foxgloveRoot(SCENE_MESSAGES);
  types.resolveAll();
  const descriptor = descriptorOf(types, "google.protobuf", "foxglove");
  return {
    transforms: schema("foxglove.FrameTransforms", descriptor, types),
    scene: schema("foxglove.SceneUpdate", descriptor, types),
  };
};

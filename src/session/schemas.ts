// The protobuf types of a session and the descriptors that make a file readable without us:
// Foxglove's own schemas where one exists, so that its app opens a session as is, ours elsewhere.
// The package's own internal.js would also load its generators for ROS, TypeScript and the rest.
import { generateProto } from "@foxglove/schemas/dist/internal/generateProto.js";
import { foxgloveMessageSchemas } from "@foxglove/schemas/dist/internal/schemas.js";
import { protobufToDescriptor } from "@mcap/support";
import protobuf from "protobufjs";
import { EFFERENCE_PROTO } from "./proto.ts";

const root = new protobuf.Root();
root.addJSON(protobuf.common.get("google/protobuf/timestamp.proto")!.nested!);
for (const name of ["RawImage", "RawAudio", "JointState", "JointStates"] as const)
  protobuf.parse(generateProto(foxgloveMessageSchemas[name], []), root, { keepCase: true });
protobuf.parse(EFFERENCE_PROTO, root, { keepCase: true });
root.resolveAll();

/** The FileDescriptorSet of some packages, in the order in which they depend on each other. */
const descriptorOf = (...packages: string[]): Uint8Array => {
  const set = protobufToDescriptor(root);
  const files = packages.map((name) => set.file!.find((file) => file.package === name)!);
  for (const [index, file] of files.entries())
    file.dependency = files.slice(0, index).map((earlier) => earlier.name); // protobufjs leaves it out
  set.file = files;
  return set.$type.encode(set).finish();
};

const FOXGLOVE = descriptorOf("google.protobuf", "foxglove");
const EFFERENCE = descriptorOf("efference");

export interface Schema {
  /** Full name of the message, package included. */
  readonly name: string;
  /** Encoded FileDescriptorSet. */
  readonly descriptor: Uint8Array;
  readonly type: protobuf.Type;
}

const schema = (name: string, descriptor: Uint8Array): Schema => ({
  name,
  descriptor,
  type: root.lookupType(name),
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
  cue: schema("efference.Cue", EFFERENCE),
} as const;

// Foxglove's WebSocket protocol, the part of it that a server of live topics needs: text frames are JSON with an
// `op`, data are binary. Source: foxglove/ws-protocol, docs/spec.md; the SDK's foxglove.sdk.v1 is the same.

/** Newest first; they differ in nothing but their names. */
export const SUBPROTOCOLS = ["foxglove.sdk.v1", "foxglove.websocket.v1"] as const;

export interface Channel {
  readonly id: number;
  readonly topic: string;
  readonly encoding: "protobuf";
  readonly schemaName: string;
  /** Base64 of an encoded FileDescriptorSet. */
  readonly schema: string;
  readonly schemaEncoding: "protobuf";
}

export type ServerMessage =
  | {
      readonly op: "serverInfo";
      readonly name: string;
      readonly capabilities: readonly string[];
      readonly sessionId: string;
    }
  | { readonly op: "advertise"; readonly channels: readonly Channel[] }
  /** 0 information, 1 a warning, 2 an error. */
  | { readonly op: "status"; readonly level: 0 | 1 | 2; readonly message: string };

export type ClientMessage =
  | {
      readonly op: "subscribe";
      readonly subscriptions: readonly { readonly id: number; readonly channelId: number }[];
    }
  | { readonly op: "unsubscribe"; readonly subscriptionIds: readonly number[] };

const MESSAGE_DATA = 1;
const HEADER_BYTES = 13; // opcode, subscription (uint32), stamp (uint64), little endian

/** `logTimeNs`: wall time. */
export const messageData = (
  subscription: number,
  logTimeNs: bigint,
  payload: Uint8Array,
): Uint8Array => {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt8(MESSAGE_DATA, 0);
  frame.writeUInt32LE(subscription, 1);
  frame.writeBigUInt64LE(logTimeNs, 5);
  frame.set(payload, HEADER_BYTES);
  return frame;
};

/** Reads any text: a message that we know, or in words what is wrong with it. */
export const readClientMessage = (text: string): ClientMessage | string => {
  let message: Record<string, unknown>;
  try {
    message = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return "found no JSON";
  }
  const { op, subscriptions, subscriptionIds } = message;
  if (op === "subscribe")
    return isList(subscriptions, isSubscription)
      ? { op, subscriptions }
      : "subscribe: expected subscriptions with an id and a channelId each";
  if (op === "unsubscribe")
    return isList(subscriptionIds, isId)
      ? { op, subscriptionIds }
      : "unsubscribe: expected subscriptionIds";
  return `found the op ${JSON.stringify(op)?.slice(0, 40)}, expected subscribe or unsubscribe`;
};

const isList = <T>(value: unknown, is: (item: unknown) => item is T): value is T[] =>
  Array.isArray(value) && value.every(is);

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;

const isSubscription = (value: unknown): value is { id: number; channelId: number } => {
  const { id, channelId } = Object(value) as Record<string, unknown>;
  return isId(id) && isId(channelId);
};

// A viewer as Foxglove is one: its own client of the protocol, and protobuf types built from nothing but what the
// server advertises.
import { once } from "node:events";
import { type Channel, FoxgloveClient } from "@foxglove/ws-protocol";
import { protobufFromBinaryDescriptor } from "@mcap/support";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

type MessageType = ReturnType<ReturnType<typeof protobufFromBinaryDescriptor>["lookupType"]>;

interface Told {
  readonly topic: string;
  readonly timeNs: bigint;
  readonly fields: Record<string, any>;
}

export class Viewer {
  readonly channels = new Map<string, Channel>();
  readonly told: Told[] = [];
  readonly faults: string[] = [];
  readonly client: FoxgloveClient;
  #looks: (() => void)[] = [];

  constructor(url: string, protocol = "foxglove.sdk.v1") {
    const socket = new WebSocket(url, [protocol]);
    this.client = new FoxgloveClient({ ws: socket as never });
    const bySubscription = new Map<
      number,
      { readonly topic: string; readonly type: MessageType }
    >();
    this.client.on("advertise", (channels) => {
      for (const channel of channels) this.channels.set(channel.topic, channel);
      this.#look();
    });
    this.client.on("status", ({ message }) => void this.faults.push(message));
    this.client.on("message", ({ subscriptionId, timestamp, data }) => {
      const { topic, type } = bySubscription.get(subscriptionId)!;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const fields = type.toObject(type.decode(bytes), { longs: Number, defaults: true });
      this.told.push({ topic, timeNs: timestamp, fields });
      this.#look();
    });
    this.subscribe = async (topic) => {
      await this.until(() => this.channels.has(topic));
      const { id, schema, schemaName } = this.channels.get(topic)!;
      const types = protobufFromBinaryDescriptor(Buffer.from(schema, "base64"));
      bySubscription.set(this.client.subscribe(id), { topic, type: types.lookupType(schemaName) });
    };
    onTestFinished(() => this.client.close());
  }

  /** Waits for the channel first. */
  readonly subscribe: (topic: string) => Promise<void>;

  of(topic: string): Told[] {
    return this.told.filter((message) => message.topic === topic);
  }

  /** Resolves at the first message after which it is so. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#looks = this.#looks.filter((other) => other !== look);
        resolve();
      };
      this.#looks.push(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}

/** A socket that speaks for itself, opened; rejects when it is refused. */
export const connect = async (
  url: string,
  { protocols = ["foxglove.sdk.v1"], ...headers }: { protocols?: string[]; origin?: string } = {},
): Promise<WebSocket> => {
  const socket = new WebSocket(url, protocols, headers);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return socket;
};

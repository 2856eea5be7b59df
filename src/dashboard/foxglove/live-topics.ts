// A run as live topics: the same channels and schemas as in its session, told as they happen, and beside them
// where the robot's parts are (/tf) and what they look like (/scene). It is one more sink, which never fails and
// never waits.
import { NS_PER_S } from "../../core/clock.ts";
import type { SessionRecord, Sink } from "../../core/records.ts";
import type { SceneView } from "../../core/scene-view.ts";
import { RecordEncoder } from "../../session/record-encoder.ts";
import { type Schema, sceneSchemas } from "../../session/schemas.ts";
import { frameTransforms, sceneUpdate } from "./scene-messages.ts";
import type { FoxgloveServer } from "./server.ts";

export interface LiveTopicsOptions {
  readonly server: FoxgloveServer;
  /** Names of the servos in order. */
  readonly servos: readonly string[];
  /** Wall time of stamp zero, nanoseconds since the Unix epoch. */
  readonly startedAtNs: bigint;
  readonly scene: SceneView;
}

export class LiveTopics implements Sink, AsyncDisposable {
  readonly #server: FoxgloveServer;
  readonly #startedAtNs: bigint;
  readonly #scene: SceneView;
  readonly #encoder: RecordEncoder;
  readonly #channels = new Map<string, number>();
  readonly #transforms: Schema;

  /** Takes over the server and the view: they are closed with it. */
  constructor({ server, servos, startedAtNs, scene }: LiveTopicsOptions) {
    this.#server = server;
    this.#startedAtNs = startedAtNs;
    this.#scene = scene;
    this.#encoder = new RecordEncoder(startedAtNs, servos, (topic, schema, timeNs, _, message) =>
      this.#publish(topic, schema, timeNs, message),
    );
    const schemas = sceneSchemas();
    this.#transforms = schemas.transforms;
    this.#channel("/scene", schemas.scene, true);
    this.#channel("/tf", schemas.transforms);
    this.#publish("/scene", schemas.scene, 0, sceneUpdate(this.#wallTime(0), scene.shapes));
  }

  write(record: SessionRecord): void {
    try {
      this.#encoder.encode(record);
      this.#showPoses(record);
    } catch {
      // What can't be told exactly: the session says so, and a viewer misses it.
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
    this.#scene.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #showPoses(record: SessionRecord): void {
    // What was moved while nobody looked still lies there when somebody does.
    const isShown = this.#server.isWanted(this.#channel("/tf", this.#transforms));
    if (!isShown && record.type !== "move") return;
    const poses = this.#scene.poses(record);
    if (poses === undefined) return;
    const message = frameTransforms(this.#wallTime(record.timeNs), poses);
    this.#publish("/tf", this.#transforms, record.timeNs, message);
  }

  #publish(topic: string, schema: Schema, timeNs: number, message: object): void {
    const channel = this.#channel(topic, schema);
    if (!this.#server.isWanted(channel)) return;
    const wallNs = this.#startedAtNs + BigInt(Math.round(timeNs));
    this.#server.publish(channel, wallNs, schema.type.encode(message).finish());
  }

  #channel(topic: string, schema: Schema, keepsLast = false): number {
    let id = this.#channels.get(topic);
    if (id === undefined) {
      const { name: schemaName, descriptor } = schema;
      id = this.#server.addChannel({ topic, schemaName, descriptor, keepsLast });
      this.#channels.set(topic, id);
    }
    return id;
  }

  #wallTime(timeNs: number): { readonly seconds: number; readonly nanos: number } {
    const wallNs = this.#startedAtNs + BigInt(Math.round(timeNs));
    const second = BigInt(NS_PER_S);
    return { seconds: Number(wallNs / second), nanos: Number(wallNs % second) };
  }
}

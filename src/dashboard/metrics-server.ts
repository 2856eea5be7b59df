// The counts of a live run for Prometheus, at /metrics on the machine's own loopback: tokens by source, acts, safety
// events, outcomes. A scrape reads what has been counted; nothing is kept for it.
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Counter, Gauge, Registry } from "prom-client";
import { NS_PER_S } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import type { SessionRecord, Sink } from "../core/records.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

const LOOPBACK = "127.0.0.1";

export interface MetricsServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly robotName: string;
  readonly vocabulary: Vocabulary;
}

export class MetricsServer implements Sink, AsyncDisposable {
  readonly #server: Server;
  readonly #rangeOfId: readonly string[];
  readonly #counters: ReturnType<typeof createCounters>;

  /** Rejects with a UsageError when the port can't be had. */
  static async open(options: MetricsServerOptions): Promise<MetricsServer> {
    const { port, robotName } = options;
    const registry = new Registry();
    registry.setDefaultLabels({ robot: robotName });
    const counters = createCounters(registry);
    const server = createServer(async ({ method, url }, response) => {
      if (method !== "GET" || url !== "/metrics") {
        response.writeHead(404, { "content-type": "text/plain" });
        response.end("the counts are at /metrics\n");
        return;
      }
      response.writeHead(200, { "content-type": registry.contentType });
      response.end(await registry.metrics());
    });
    try {
      server.listen(port, LOOPBACK);
      await once(server, "listening");
    } catch (cause) {
      throw new UsageError(
        `can't serve metrics on port ${port} of ${LOOPBACK}: ${(cause as Error).message}; choose another --metrics-port`,
        { cause },
      );
    }
    return new MetricsServer(server, counters, options.vocabulary);
  }

  private constructor(
    server: Server,
    counters: ReturnType<typeof createCounters>,
    { ranges }: Vocabulary,
  ) {
    this.#server = server;
    this.#counters = counters;
    this.#rangeOfId = ranges.flatMap(({ name, size }) => Array<string>(size).fill(name));
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/metrics`;
  }

  write(record: SessionRecord): void {
    const { consumed, produced, acts, safety, outcomes, powered, seconds } = this.#counters;
    seconds.set(record.timeNs / NS_PER_S);
    switch (record.type) {
      case "tokens_in":
        return consumed.inc({ source: record.sensor }, record.ids.length);
      case "tokens_out":
        for (const id of record.ids) produced.inc({ source: this.#rangeOfId[id] ?? "unknown" });
        return;
      case "act":
        return acts.inc({ act: record.name, phase: record.phase });
      case "safety":
        return safety.inc({ reason: record.reason });
      case "episode":
        if (record.phase === "ended") outcomes.inc({ outcome: record.outcome ?? "unknown" });
        return;
      case "applied":
        return powered.set(record.powered ? 1 : 0);
      case "sample":
      case "cue":
      case "advice":
      case "motion_out":
      case "action":
      case "state":
      case "order":
      case "meter":
      case "takeover":
      case "source":
      case "move":
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections(); // Prometheus keeps its own open
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const createCounters = (registry: Registry) => {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `efference_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `efference_${name}`, help, registers });
  return {
    consumed: counter("tokens_consumed_total", "Tokens read, by sensor", ["source"]),
    produced: counter("tokens_produced_total", "Tokens said, by range of ids", ["source"]),
    acts: counter("acts_total", "Acts that started, ended or were preempted", ["act", "phase"]),
    safety: counter("safety_events_total", "What the safety kernel limited or stopped", ["reason"]),
    outcomes: counter("episodes_total", "Episodes that ended, by outcome", ["outcome"]),
    powered: gauge("servos_powered", "1 while the servos get pulses"),
    seconds: gauge("session_seconds", "Session time of the newest record"),
  };
};

// The token river: time flows to the left, each sense has its bed, and what the policy says comes out
// below. Columns are frames, one cell a token; acts are written with their names. Drawn on a canvas.
import type { SensorKind } from "../../core/robot.ts";
import { isSoftware } from "./is-software.ts";
import { hueOf, OUT_HUE, SELF_HUE, shadeOf } from "./colours.ts";
import { RiverStrip } from "./river-strip.ts";
import type { RobotState, TokenColumn } from "./robot-state.ts";

const GUTTER = 116;
const PX_PER_MS = 0.075;
const COLUMN_PX = 4;
/** From now to the right edge. */
const BANK_PX = 12;
const FLUX_PX = 34;
const GAP_PX = 14;
const FLUX_MS = 2000;

interface Bed {
  readonly source: string;
  readonly label: string;
  readonly hue: number;
  readonly top: number;
  readonly height: number;
}

/** An answer that is nothing but its end: it thought, and had nothing to say. */
const isNothing = ({ way, ids }: TokenColumn): boolean => way === "out" && ids.length === 1;

export interface TokenAt {
  readonly words: string;
  readonly x: number;
  readonly y: number;
}

export class River {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #state: RobotState;
  readonly #strip = new RiverStrip();
  #beds: Bed[] = [];
  #builtFor: unknown;
  #width = 0;
  #height = 0;
  #nowMs = 0;

  constructor(canvas: HTMLCanvasElement, state: RobotState) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false, willReadFrequently: isSoftware() })!;
    this.#state = state;
  }

  /** `nowMs`: the session's time at the right bank. */
  draw(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#measure();
    const c = this.#context;
    const style = getComputedStyle(this.#canvas);
    const ink = style.color;
    const line = style.borderTopColor;
    c.fillStyle = style.backgroundColor;
    c.fillRect(0, 0, this.#width, this.#height);
    c.textBaseline = "middle";
    for (const bed of this.#beds) this.#drawBed(bed, ink, line);
    c.save();
    c.beginPath();
    c.rect(GUTTER, 0, this.#width - GUTTER, this.#height);
    c.clip();
    const oldestMs = nowMs - (this.#width - GUTTER) / PX_PER_MS - 2000;
    const { columns } = this.#state;
    this.#strip.flow(nowMs * PX_PER_MS, columns, (strip, column, bankPx) => {
      if (column.way === "in") this.#drawSensed(strip, column, bankPx);
    });
    this.#strip.drawOn(c);
    let from = columns.length;
    while (from > 0 && columns[from - 1]!.timeMs > oldestMs) from--;
    const takenUntil = [-Infinity, -Infinity];
    for (let i = from; i < columns.length; i++) {
      const column = columns[i]!;
      if (column.way !== "in") this.#drawSaid(column, takenUntil, ink);
    }
    c.restore();
    this.#drawFlux(ink);
  }

  /** What lies under a point of the canvas, in its CSS pixels. */
  at(x: number, y: number): TokenAt | undefined {
    const { names, columns } = this.#state;
    const bed = this.#beds.find(({ top, height }) => y >= top && y < top + height);
    if (!bed || !names || x < GUTTER) return undefined;
    let nearest: TokenColumn | undefined;
    for (const column of columns) {
      if (this.#sourceOf(column) !== bed.source || isNothing(column)) continue;
      const away = Math.abs(this.#xOf(column.timeMs) - x);
      if (!nearest || away < Math.abs(this.#xOf(nearest.timeMs) - x)) nearest = column;
    }
    if (!nearest || Math.abs(this.#xOf(nearest.timeMs) - x) > 40) return undefined;
    const { ids, timeMs, way } = nearest;
    const isSensed = way === "in";
    const index = Math.floor(((y - bed.top) / bed.height) * (ids.length - (isSensed ? 1 : 0)));
    const said = isSensed
      ? `${names.labelOf(ids[Math.min(ids.length - 1, index + 1)]!)}`
      : Array.from(ids, (id) => names.labelOf(id)).join(" ");
    const what = way === "in" ? bed.source : way === "out" ? "said" : "felt itself do";
    return { words: `${what} · ${said} · ${(timeMs / 1000).toFixed(2)} s`, x, y };
  }

  /** Tokens a second over the last two seconds, by bed. */
  flux(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const { columns } = this.#state;
    for (let i = columns.length - 1; i >= 0; i--) {
      const column = columns[i]!;
      if (column.timeMs < this.#nowMs - FLUX_MS) break;
      const source = this.#sourceOf(column);
      if (isNothing(column)) continue;
      counts.set(source, (counts.get(source) ?? 0) + (column.ids.length * 1000) / FLUX_MS);
    }
    return counts;
  }

  #sourceOf({ way, source }: TokenColumn): string {
    return way === "out" ? "out" : way === "self" ? "self" : source;
  }

  #xOf(timeMs: number): number {
    return this.#width - BANK_PX - (this.#nowMs - timeMs) * PX_PER_MS;
  }

  #measure(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const ratio = Math.min(2, devicePixelRatio);
    const isSame = clientWidth === this.#width && clientHeight === this.#height;
    if (isSame && this.#builtFor === this.#state.hello) return;
    this.#canvas.width = clientWidth * ratio;
    this.#canvas.height = clientHeight * ratio;
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#strip.resize(clientWidth, clientHeight, ratio);
    this.#width = clientWidth;
    this.#height = clientHeight;
    this.#builtFor = this.#state.hello;
    const sensors = this.#state.hello?.sensors ?? [];
    const below = 2 * 30 + 2 * GAP_PX;
    const height = Math.max(8, (clientHeight - FLUX_PX - below) / Math.max(1, sensors.length));
    this.#beds = sensors.map(({ name, kind }, index) => ({
      source: name,
      label: name,
      hue: hueOf(kind as SensorKind),
      top: FLUX_PX + index * height,
      height: height - 3,
    }));
    const outTop = FLUX_PX + sensors.length * height + GAP_PX;
    this.#beds.push(
      { source: "out", label: "▶ says", hue: OUT_HUE, top: outTop, height: 30 },
      { source: "self", label: "↺ feels itself", hue: SELF_HUE, top: outTop + 34, height: 26 },
    );
  }

  #drawBed({ label, hue, top, height, source }: Bed, ink: string, line: string): void {
    const c = this.#context;
    c.fillStyle = line;
    c.fillRect(GUTTER, top + height + 1, this.#width - GUTTER, 1);
    c.fillStyle = `hsl(${hue} 65% 52%)`;
    c.fillRect(0, top + 1, 4, height - 2);
    c.fillStyle = ink;
    c.font = `${source === "out" ? "700" : "400"} ${Math.min(13, height)}px system-ui, sans-serif`;
    c.fillText(label, 10, top + height / 2, GUTTER - 14);
  }

  #drawSensed(
    c: CanvasRenderingContext2D,
    { source, ids, timeMs }: TokenColumn,
    bankPx: number,
  ): void {
    const bed = this.#beds.find((other) => other.source === source);
    if (!bed) return;
    const x = this.#width - BANK_PX - bankPx + timeMs * PX_PER_MS;
    const count = ids.length - 1; // behind the marker
    if (x < GUTTER - COLUMN_PX || count < 1) return;
    // A picture has many tokens: they lie side by side, no lower than they can be told apart.
    const rows = Math.min(count, Math.max(1, Math.floor(bed.height / 3)));
    const cell = bed.height / rows;
    for (let i = 0; i < count; i++) {
      c.fillStyle = shadeOf(bed.hue, ids[i + 1]!);
      const across = Math.floor(i / rows) * COLUMN_PX;
      c.fillRect(x + across, bed.top + (i % rows) * cell, COLUMN_PX - 0.5, Math.max(1, cell - 0.5));
    }
  }

  #drawSaid({ way, ids, timeMs }: TokenColumn, takenUntil: number[], ink: string): void {
    const { names } = this.#state;
    const isSelf = way === "self";
    const bed = this.#beds.find(({ source }) => source === way);
    if (!bed || !names) return;
    const body = isSelf ? ids.subarray(1) : ids;
    const isEmpty = body.length === 1 && names.rangeOf(body[0]!) === "special";
    const c = this.#context;
    const x = this.#xOf(timeMs);
    if (isEmpty) {
      c.fillStyle = `hsl(${OUT_HUE} 20% 50% / .5)`;
      c.fillRect(x, bed.top + bed.height / 2 - 1, 2, 2); // it thought, and had nothing to say
      return;
    }
    const acts = Array.from(body)
      .filter((id) => ["act", "pace"].includes(names.rangeOf(id)))
      .map((id) => names.labelOf(id).replace("pace.", ""));
    const motions = body.filter((id) => names.rangeOf(id) === "motion").length;
    const words = acts.length > 0 ? acts.join(" ") : motions > 0 ? "" : "degrees";
    if (words === "") return this.#drawMotion(bed, x, body, isSelf);
    c.font = `${isSelf ? "italic 400" : "700"} 13px system-ui, sans-serif`;
    const width = c.measureText(words).width + 16;
    const row = isSelf ? 1 : 0;
    const left = Math.max(x - 4, takenUntil[row]! + 4);
    takenUntil[row] = left + width;
    if (!isSelf) {
      c.fillStyle = `hsl(${OUT_HUE} 70% 60% / .35)`;
      c.fillRect(x, FLUX_PX, 2, bed.top - FLUX_PX);
    }
    c.beginPath();
    c.roundRect(left, bed.top + 2, width, bed.height - 4, 9);
    if (isSelf) {
      c.setLineDash([4, 3]);
      c.strokeStyle = `hsl(${SELF_HUE} 70% 60%)`;
      c.stroke();
      c.setLineDash([]);
      c.fillStyle = ink;
    } else {
      c.fillStyle = `hsl(${OUT_HUE} 75% 40%)`;
      c.fill();
      c.fillStyle = "#fff";
    }
    c.fillText(words, left + 8, bed.top + bed.height / 2 + 0.5);
  }

  #drawMotion(bed: Bed, x: number, ids: Uint32Array, isSelf: boolean): void {
    const c = this.#context;
    const cell = (bed.height - 6) / Math.min(6, ids.length);
    for (let i = 0; i < ids.length; i++) {
      const across = x + Math.floor(i / 6) * COLUMN_PX;
      c.fillStyle = shadeOf(OUT_HUE, ids[i]!);
      c.globalAlpha = isSelf ? 0.5 : 1;
      c.fillRect(across, bed.top + 3 + (i % 6) * cell, COLUMN_PX - 1, Math.max(1, cell - 1));
    }
    c.globalAlpha = 1;
  }

  #drawFlux(ink: string): void {
    const c = this.#context;
    const flux = this.flux();
    const out = flux.get("out") ?? 0;
    const total = [...flux].reduce((sum, [source, rate]) => sum + (source === "out" ? 0 : rate), 0);
    c.font = "600 13px system-ui, sans-serif";
    c.fillStyle = ink;
    const words = `${Math.round(total)} tokens/s in → ${out.toFixed(1)} tokens/s out`;
    c.fillText(words, 10, 13);
    let x = c.measureText(words).width + 24;
    const room = this.#width - x - 12;
    for (const { source, hue } of this.#beds) {
      const rate = flux.get(source) ?? 0;
      if (source === "out" || rate === 0) continue;
      const width = (room * rate) / Math.max(400, total);
      c.fillStyle = `hsl(${hue} 65% 52%)`;
      c.fillRect(x, 7, Math.max(1, width - 1), 12);
      x += width;
    }
  }
}

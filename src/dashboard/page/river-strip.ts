// What has flowed in does not change any more: it is kept as a picture that is shifted along, and only what is new is
// drawn. Ten seconds of tokens are thousands of cells, and without a graphics card each of them counts.

/** Beyond the right bank, for what is told a little ahead of the time shown. */
const AHEAD_PX = 60;

export class RiverStrip {
  readonly #canvas = document.createElement("canvas");
  readonly #context: CanvasRenderingContext2D;
  #width = 0;
  #height = 0;
  #ratio = 1;
  /** Where the right bank is, in pixels of the whole river; a whole number of the screen's own. */
  #bankPx = NaN;
  /** The newest that is drawn. */
  #last: object | undefined;

  constructor() {
    // Kept in memory: where the processor plays the graphics card, it is many times slower at it.
    this.#context = this.#canvas.getContext("2d", { willReadFrequently: true })!;
  }

  /** Begins a picture of another size, CSS pixels. */
  resize(width: number, height: number, ratio: number): void {
    this.#width = width + AHEAD_PX;
    this.#height = height;
    this.#ratio = ratio;
    this.#canvas.width = this.#width * ratio;
    this.#canvas.height = height * ratio;
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#bankPx = NaN;
  }

  /**
   * Lets it flow on until `bankPx` is at the right bank. Calls `draw` for each of `items`, oldest first, that is not in
   * the picture yet, with where the bank really is.
   */
  flow<T extends object>(
    bankPx: number,
    items: readonly T[],
    draw: (context: CanvasRenderingContext2D, item: T, bankPx: number) => void,
  ): void {
    if (this.#canvas.width === 0 || this.#canvas.height === 0) return; // not laid out yet
    const c = this.#context;
    const bank = Math.round(bankPx * this.#ratio) / this.#ratio;
    const shiftPx = bank - this.#bankPx;
    const known = this.#last === undefined ? -1 : items.lastIndexOf(this.#last as T);
    const goesOn = known >= 0 && shiftPx >= 0 && shiftPx < this.#width;
    if (!goesOn) c.clearRect(0, 0, this.#width, this.#height);
    else if (shiftPx > 0) {
      c.globalCompositeOperation = "copy"; // and nothing where nothing comes from
      c.drawImage(this.#canvas, -shiftPx, 0, this.#width, this.#height);
      c.globalCompositeOperation = "source-over";
    }
    this.#bankPx = bank;
    for (let i = goesOn ? known + 1 : 0; i < items.length; i++) draw(c, items[i]!, bank);
    this.#last = items.at(-1);
  }

  drawOn(context: CanvasRenderingContext2D): void {
    if (this.#canvas.width === 0 || this.#canvas.height === 0) return;
    context.drawImage(this.#canvas, 0, 0, this.#width, this.#height);
  }
}

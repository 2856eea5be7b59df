// A picture with depth to a code or two a patch: its mean light, redness and depth, then the lowest DCT
// order of the redness across and down, which tells where in the patch something red lies. Pictures hardly
// change: a patch is told anew once it has left its code, with hysteresis as for a Schmitt trigger.
import { Fsq } from "./fsq.ts";
import { numberIn, type Parametrised } from "./parameters.ts";

/** A thousand codes, as of sound, but of three latents: a red thing's edge shows in each by a level. */
export const IMAGE_LEVELS: readonly number[] = [10, 10, 10];
const fsq = new Fsq(IMAGE_LEVELS);
const SIZE = fsq.size;
/** Codes that one position of a patch can take. */
export const CODES_PER_PATCH_POSITION = SIZE;

// z = scale * value spreads what occurs over the levels: luma and depth fill their whole range, redness
// is mostly small, and a ball of 8 pixels that lies on the corner of four patches has a quarter in each.
const MEAN_SCALES: readonly number[] = [3, 10, 3]; // Y - 1/2, Cr, depth share - 1/2
const DETAIL_SCALES: readonly number[] = [24, 24, 4]; // Cr across, Cr down, Cb

/** Half the span of BT.601's redness and blueness, which bring both to -1/2..1/2. */
const RED_SPAN = 1.402;
const BLUE_SPAN = 1.772;

/**
 * Levels of a latent between what was measured and what was told. At half a level a patch that lies
 * on an edge would be told at every picture; at a whole one the ball is seen to move too late.
 */
const TOLERANCE = 0.6;

export interface ImageShape {
  readonly width: number;
  readonly height: number;
  readonly maxDepthM: number;
  readonly patch: number;
  /** 1: light, redness and depth; 2: where the redness is, and blueness, too. */
  readonly codes: number;
}

interface CameraDescription extends Omit<ImageShape, "patch" | "codes"> {
  readonly codec: { readonly patch: number; readonly codes: number };
}

/** All that a decoder of the image range needs. */
export const imageParameters = (camera: CameraDescription): Record<string, unknown> => ({
  width: camera.width,
  height: camera.height,
  maxDepthM: camera.maxDepthM,
  patch: camera.codec.patch,
  codes: camera.codec.codes,
  levels: IMAGE_LEVELS,
  meanScales: MEAN_SCALES,
  detailScales: DETAIL_SCALES,
  tolerance: TOLERANCE,
});

/** All that a decoder of the place range needs: an id's digits are the patch's column and row. */
export const placeParameters = (camera: CameraDescription): { levels: [number, number] } => {
  const { patch } = camera.codec;
  return { levels: [Math.ceil(camera.width / patch), Math.ceil(camera.height / patch)] };
};

/** The shape of an image range, as {@link imageParameters} wrote it. */
export const imageShapeOf = (range: Parametrised): ImageShape => ({
  width: numberIn(range, "width"),
  height: numberIn(range, "height"),
  maxDepthM: numberIn(range, "maxDepthM"),
  patch: numberIn(range, "patch"),
  codes: numberIn(range, "codes"),
});

/**
 * Codes of patches, row-major, `codes` a patch, code c in c * 1000 .. c * 1000 + 999. Each latent
 * decodes to within half an FSQ level when its code is new, to within {@link TOLERANCE} while the code is kept. A
 * patch cut by the picture's edge covers what there is.
 */
export class ImagePatchCodec {
  readonly columns: number;
  readonly rows: number;
  readonly #shape: ImageShape;
  readonly #waves: readonly Float64Array[]; // [length] half a cosine over so many pixels
  readonly #latents = new Float64Array(2 * fsq.dimensions);
  readonly #colour = new Float64Array(3); // red, green, blue, 0..1

  constructor(shape: ImageShape) {
    this.#shape = shape;
    this.columns = Math.ceil(shape.width / shape.patch);
    this.rows = Math.ceil(shape.height / shape.patch);
    this.#waves = Array.from({ length: shape.patch + 1 }, (_, length) => halfWave(length));
  }

  get patches(): number {
    return this.columns * this.rows;
  }

  get codes(): number {
    return this.#shape.codes;
  }

  /** How many numbers a patch is, before its codes make ids of them. */
  get numbers(): number {
    return this.codes * fsq.dimensions;
  }

  /** Those of a patch; written over by the next call. */
  latents(rgb: Uint8Array, depthM: Float32Array, patch: number): Float64Array {
    this.#measure(rgb, depthM, Math.floor(patch / this.columns), patch % this.columns);
    return this.#latents.subarray(0, this.numbers);
  }

  /**
   * Measures a patch in rgb [height, width, 3] and depthM [height, width]. Where it has left its codes
   * in `told` [patches, codes], or else `anyway`, it gets new ones and the answer is true.
   */
  update(
    rgb: Uint8Array,
    depthM: Float32Array,
    patch: number,
    told: Int32Array,
    anyway: boolean,
  ): boolean {
    const { codes } = this.#shape;
    this.#measure(rgb, depthM, Math.floor(patch / this.columns), patch % this.columns);
    let due = anyway;
    for (let c = 0; c < codes && !due; c++) {
      const code = told[patch * codes + c]! - c * SIZE;
      due = fsq.strays(this.#latents, c * fsq.dimensions, code, TOLERANCE);
    }
    if (!due) return false;
    for (let c = 0; c < codes; c++)
      told[patch * codes + c] = c * SIZE + fsq.encode(this.#latents, c * fsq.dimensions);
    return true;
  }

  /** Puts a code where it belongs in `told` [patches, codes]; a foreign one has no place. */
  place(patch: number, code: number, told: Int32Array): void {
    const { codes } = this.#shape;
    const c = Math.floor(code / SIZE);
    if (patch >= 0 && patch < this.patches && c >= 0 && c < codes) told[patch * codes + c] = code;
  }

  /** Writes the mean colours [rows, columns, 3] and depths [rows, columns]; a foreign code is grey. */
  decode(told: Int32Array, rgb: Uint8Array, depthM: Float32Array): void {
    const { codes, maxDepthM } = this.#shape;
    for (let p = 0; p < this.patches; p++) {
      const code = told[p * codes];
      if (code !== undefined && code >= 0 && code < SIZE) fsq.decode(code, this.#latents);
      else this.#latents.fill(0, 0, fsq.dimensions);
      const detail = codes > 1 ? told[p * codes + 1]! - SIZE : -1;
      if (detail >= 0 && detail < SIZE) fsq.decode(detail, this.#latents, fsq.dimensions);
      else this.#latents.fill(0, fsq.dimensions);
      const y = this.#latents[0]! / MEAN_SCALES[0]! + 0.5;
      const cr = this.#latents[1]! / MEAN_SCALES[1]!;
      const cb = this.#latents[5]! / DETAIL_SCALES[2]!;
      // By an array, not a function of a double: that was boxed wherever it was not inlined.
      this.#colour[0] = y + RED_SPAN * cr;
      this.#colour[1] = y - 0.344136 * cb - 0.714136 * cr;
      this.#colour[2] = y + BLUE_SPAN * cb;
      for (let c = 0; c < 3; c++)
        rgb[p * 3 + c] = Math.round(255 * Math.max(0, Math.min(1, this.#colour[c]!)));
      const share = this.#latents[2]! / MEAN_SCALES[2]! + 0.5;
      depthM[p] = Math.max(0, Math.min(1, share)) * maxDepthM;
    }
  }

  /** Fills the latents of one patch: BT.601 luma and chroma as in JPEG, in 0..1 and -1/2..1/2. */
  #measure(rgb: Uint8Array, depthM: Float32Array, row: number, column: number): void {
    const { width, height, patch, maxDepthM } = this.#shape;
    const left = column * patch;
    const top = row * patch;
    const right = Math.min(width, left + patch);
    const bottom = Math.min(height, top + patch);
    const count = (right - left) * (bottom - top);
    const waveAcross = this.#waves[right - left]!;
    const waveDown = this.#waves[bottom - top]!;
    // In whole numbers, thousands of 255: to divide once a patch and not six times a pixel.
    let luma = 0;
    let reds = 0;
    let blues = 0;
    let depthSum = 0;
    let crAcross = 0;
    let crDown = 0;
    for (let v = top; v < bottom; v++) {
      let lumaOfRow = 0;
      let redsOfRow = 0;
      for (let u = left; u < right; u++) {
        const pixel = v * width + u;
        const r = rgb[pixel * 3]!;
        const b = rgb[pixel * 3 + 2]!;
        const y = 299 * r + 587 * rgb[pixel * 3 + 1]! + 114 * b;
        const depth = depthM[pixel]!;
        lumaOfRow += y;
        redsOfRow += r;
        blues += b;
        depthSum += depth >= 0 && depth < maxDepthM ? depth : maxDepthM; // a miss is far
        crAcross += (1000 * r - y) * waveAcross[u - left]!;
      }
      luma += lumaOfRow;
      reds += redsOfRow;
      crDown += (1000 * redsOfRow - lumaOfRow) * waveDown[v - top]!;
    }
    const whole = 255_000 * count;
    const z = this.#latents;
    z[0] = (luma / whole - 0.5) * MEAN_SCALES[0]!;
    z[1] = ((1000 * reds - luma) / whole / RED_SPAN) * MEAN_SCALES[1]!;
    z[2] = (depthSum / maxDepthM / count - 0.5) * MEAN_SCALES[2]!;
    z[3] = (crAcross / whole / RED_SPAN) * DETAIL_SCALES[0]!;
    z[4] = (crDown / whole / RED_SPAN) * DETAIL_SCALES[1]!;
    z[5] = ((1000 * blues - luma) / whole / BLUE_SPAN) * DETAIL_SCALES[2]!;
  }
}

/** The DCT's order 1 over so many pixels, of mean square 1. */
const halfWave = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.SQRT2 * Math.cos((Math.PI * (i + 0.5)) / length));

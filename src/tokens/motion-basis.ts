// The few curves whose sums are the motions of a chunk (dct-chunk.ts says which, and why these), and
// the amplitudes of any motion in them: what the motion codec quantises and a continuous policy does not.

/** Curve k at the time t in (0, 1] of the chunk, sampled at `frames` places. */
export type ChunkCurve = (k: number, t: number, frames: number) => number;

const rampAndSines: ChunkCurve = (k, t) =>
  k === 0 ? (1 - Math.cos(Math.PI * t)) / 2 : Math.sin(Math.PI * k * t);

export class MotionBasis {
  readonly frames: number;
  readonly count: number;
  /** [count, frames] */
  readonly curves: Float64Array;
  /** [count, frames] least squares: amplitude k of a motion is its product with row k. */
  readonly fit: Float64Array;

  constructor(frames: number, count: number, curve: ChunkCurve = rampAndSines) {
    this.frames = frames;
    this.count = count;
    this.curves = Float64Array.from({ length: count * frames }, (_, i) =>
      curve(Math.floor(i / frames), ((i % frames) + 1) / frames, frames),
    );
    this.fit = leastSquares(this.curves, count, frames);
  }

  /** Amplitudes [count, servos] of turns [frames, servos] against the start. */
  analyse(turnDeg: ArrayLike<number>, servos: number): Float32Array {
    return product(this.fit, turnDeg, this.count, this.frames, servos, 1, this.frames);
  }

  /** Turns [frames, servos] against the start, by amplitudes [count, servos]. */
  synthesise(amplitudes: ArrayLike<number>, servos: number): Float32Array {
    return product(this.curves, amplitudes, this.frames, this.count, servos, this.frames, 1);
  }
}

/** a b [rows, columns], b [inner, columns], and a's number (i, j) at i * down + j * across. */
const product = (
  a: Float64Array,
  b: ArrayLike<number>,
  rows: number,
  inner: number,
  columns: number,
  across: number,
  down: number,
): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let i = 0; i < inner; i++) sum += a[row * down + i * across]! * b[i * columns + column]!;
    return sum;
  });

/** (BBᵀ)⁻¹B of B [rows, columns], by Gauss-Jordan: row k takes the amplitude of row k of B. */
const leastSquares = (b: Float64Array, rows: number, columns: number): Float64Array => {
  const width = rows + columns;
  const system = new Float64Array(rows * width); // [BBᵀ | B]
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      let dot = 0;
      for (let c = 0; c < columns; c++) dot += b[i * columns + c]! * b[j * columns + c]!;
      system[i * width + j] = dot;
    }
    system.set(b.subarray(i * columns, (i + 1) * columns), i * width + rows);
  }
  for (let i = 0; i < rows; i++) {
    const own = system.subarray(i * width, (i + 1) * width);
    const pivot = own[i]!; // BBᵀ is positive definite: no pivot search is needed
    for (let j = 0; j < width; j++) own[j] = own[j]! / pivot;
    for (let other = 0; other < rows; other++) {
      const row = system.subarray(other * width, (other + 1) * width);
      const factor = other === i ? 0 : row[i]!;
      for (let j = 0; j < width; j++) row[j] = row[j]! - factor * own[j]!;
    }
  }
  return Float64Array.from(
    b,
    (_, i) => system[Math.floor(i / columns) * width + rows + (i % columns)]!,
  );
};

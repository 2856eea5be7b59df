// Matrix products: the whole weight of training, so one operator with transposes and a factor
// inside (onnxruntime's FusedMatMul), and no copy is made for either.
import { MICROSOFT, type Value } from "../graph.ts";
import { sumTo } from "./reduce.ts";

interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly factor?: number;
}

/** factor * op(a) op(b); a [..., m, k], b [..., k, n] once transposed; leading sizes broadcast. */
export const matMul = (a: Value, b: Value, options: MatMulOptions = {}): Value => {
  const { transposeA = false, transposeB = false, factor = 1 } = options;
  const [m, k] = [a.dims.at(transposeA ? -1 : -2)!, a.dims.at(transposeA ? -2 : -1)!];
  const [inner, n] = [b.dims.at(transposeB ? -1 : -2)!, b.dims.at(transposeB ? -2 : -1)!];
  if (k !== inner)
    throw new RangeError(
      `can't multiply [${a.dims.join(", ")}] and [${b.dims.join(", ")}]: ${k} columns meet ${inner} rows`,
    );
  const lead = (a.dims.length < b.dims.length ? b : a).dims.slice(0, -2);
  const plain = !transposeA && !transposeB && factor === 1;
  const y = plain
    ? a.graph.node("MatMul", [a, b], [...lead, m, n])
    : a.graph.node("FusedMatMul", [a, b], [...lead, m, n], {
        domain: MICROSOFT,
        attributes: {
          transA: Number(transposeA),
          transB: Number(transposeB),
          alpha: { float: factor },
        },
      });
  const toA = (g: Value): Value =>
    transposeA
      ? matMul(b, g, { transposeA: transposeB, transposeB: true, factor })
      : matMul(g, b, { transposeB: !transposeB, factor });
  const toB = (g: Value): Value =>
    transposeB
      ? matMul(g, a, { transposeA: true, transposeB: transposeA, factor })
      : matMul(a, g, { transposeA: !transposeA, factor });
  a.graph.record(
    [y],
    [
      [a, (g) => sumTo(toA(g), a.dims)],
      [b, (g) => sumTo(toB(g), b.dims)],
    ],
  );
  return y;
};

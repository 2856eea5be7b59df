// A mixture of a few normal distributions, as in LSTM-GMM (Mandlekar et al. 2021) and GIVT (Tschannen et
// al. 2024): each component is one way to do it. A draw takes one of them by its share, and its middle.
import { add, divide, multiply, scale, subtract } from "../operators/arithmetic.ts";
import { matMul } from "../operators/matmul.ts";
import { exp, softplus } from "../operators/pointwise.ts";
import { mean, sum } from "../operators/reduce.ts";
import { reshape, split } from "../operators/shape.ts";
import { logSumExp } from "../operators/softmax.ts";
import type { Value } from "../graph.ts";
import type { Head, Weights } from "./head.ts";

const COMPONENTS = 5;
/**
 * Of a deviation, which is nearly a fifth then. Narrower ones (-3) pulled so hard at the numbers that
 * are always 0, the servos that rest, that after as many steps the two hands of bench embedding were
 * still one mixture: 0 of 30 episodes succeeded, 20 with this floor.
 */
const LOWEST_LOG = -1.5;

interface Mixture {
  /** Logits of the shares [n, COMPONENTS]. */
  readonly shares: Value;
  /** [n, COMPONENTS, actions] */
  readonly middles: Value;
  readonly logDeviations: Value;
}

const mixtureOf = (weights: Weights, hidden: Value): Mixture => {
  const { graph } = hidden;
  const n = hidden.dims[0]!;
  const all = matMul(hidden, weights.get("head.mixture")!);
  const columns = all.dims[1]!;
  const actions = (columns / COMPONENTS - 1) / 2;
  const each = COMPONENTS * actions;
  const [shares, middles, raw] = split(all, 1, [COMPONENTS, each, each]);
  const dims = [n, COMPONENTS, actions];
  const floor = graph.scalar(LOWEST_LOG);
  const logDeviations = add(softplus(subtract(reshape(raw!, dims), floor)), floor);
  return { shares: shares!, middles: reshape(middles!, dims), logDeviations };
};

export const mixtureHead: Head = {
  noise: COMPONENTS,
  draws: 0,
  shapes: ({ width, actions }) =>
    new Map([["head.mixture", [width, COMPONENTS * (1 + 2 * actions)]]]),

  /** Nats a number of the action, but for a constant. */
  loss: (weights, hidden, wanted) => {
    const { shares, middles, logDeviations } = mixtureOf(weights, hidden);
    const [n, actions] = wanted.dims as [number, number];
    const off = subtract(reshape(wanted, [n, 1, actions]), middles);
    const far = divide(off, exp(logDeviations));
    const nats = mean(add(scale(multiply(far, far), 0.5), logDeviations), [2]);
    const likelihoods = scale(reshape(nats, [n, COMPONENTS]), -actions);
    const likelihood = subtract(logSumExp(add(shares, likelihoods)), logSumExp(shares));
    return scale(likelihood, -1 / actions);
  },

  draw: (weights, hidden, noise) => {
    const { shares, middles } = mixtureOf(weights, hidden);
    const { graph } = hidden;
    const { dims } = shares;
    const n = dims[0]!;
    // The largest of logits plus Gumbel noise is a draw by shares (Gumbel 1954): -log(-log(uniform)).
    const half = graph.node("Erf", [scale(noise!, Math.SQRT1_2)], dims);
    const uniform = add(scale(half, 0.499999), graph.scalar(0.5));
    const log = (x: Value): Value => graph.node("Log", [x], dims);
    const perturbed = subtract(shares, log(scale(log(uniform), -1)));
    const best = graph.node("ArgMax", [perturbed], [n, 1], {
      attributes: { axis: 1, keepdims: 1 },
      type: "int64",
    });
    const components = graph.integers([...Array(COMPONENTS).keys()]);
    const isBest = graph.node("Equal", [best, components], dims, { type: "bool" });
    const chosen = graph.node("Cast", [isBest], dims, { attributes: { to: 1 }, type: "float32" });
    const middle = sum(multiply(middles, reshape(chosen, [n, COMPONENTS, 1])), [1]);
    return reshape(middle, [n, middles.dims[2]!]);
  },
};

// One action, the median of what was shown: the head of OpenVLA-OFT (Kim et al. 2025). Where two actions
// are equally good it says something between them.
import { subtract } from "../operators/arithmetic.ts";
import { matMul } from "../operators/matmul.ts";
import { abs } from "../operators/pointwise.ts";
import { mean } from "../operators/reduce.ts";
import type { Head } from "./head.ts";

export const l1Head: Head = {
  noise: 0,
  draws: 0,
  shapes: ({ width, actions }) => new Map([["head.action", [width, actions]]]),
  loss: (weights, hidden, wanted) =>
    mean(abs(subtract(matMul(hidden, weights.get("head.action")!), wanted)), [1]),
  draw: (weights, hidden) => matMul(hidden, weights.get("head.action")!),
};

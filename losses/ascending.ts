import { customGrad, gather, neg, topk, unsortedSegmentSum } from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Tensor, Tensor1D } from '@tensorflow/tfjs-core';

// One custom gradient around the whole: tfjs would look for a gradient of topk, which it lacks, on the way to the indices.
const sorted = customGrad<Tensor>((input, save) => {
  const x = input as Tensor1D;
  const { indices } = topk(neg(x), x.size, true);
  (save as GradSaveFunc)([indices]);
  return {
    value: gather(x, indices),
    gradFunc: (dy: Tensor, [order]: Tensor[]) => unsortedSegmentSum(dy, order as Tensor1D, dy.size),
  };
});

/**
 * The numbers of a vector in ascending order. Differentiable: the gradient of each place goes to the number that took it.
 *
 * @param x shape [B]
 * @returns shape [B]
 */
export function ascending(x: Tensor1D): Tensor1D {
  return sorted(x) as Tensor1D;
}

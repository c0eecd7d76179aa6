import { cast, div, expandDims, fill, maximum, mul, ones, sum, where as select } from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

import { checkShapes } from './checks.ts';
import { stopGradient } from './stopGradient.ts';

/** Inputs with one response per row and one number per token. */
export type TokenRows<K extends string> = {
  /** Number of rows, B. */
  size: number;
  /** 1 at response tokens, 0 elsewhere, shape [B, T], fp32. */
  mask: Tensor2D;
  /** One input as [B, T], with `masked` (default 0) wherever the mask is 0. */
  row: (name: K, masked?: number) => Tensor2D;
  /** Sum over the response tokens of each row, [B, T] to [B]. */
  sumOver: (values: Tensor) => Tensor1D;
  /** Mean over the response tokens of each row, [B, T] to [B]; 0 for a row without any. */
  meanOver: (values: Tensor) => Tensor1D;
};

/**
 * The named inputs as masked rows. Values under a mask of 0 are replaced before anything is computed from them, so that
 * NaN at padding reaches neither values nor gradients.
 *
 * @param where    name of the loss, for the messages
 * @param inputs   tensors of one shape [B, T], or [T] for a single response
 * @param names    the keys that must be there
 * @param maskName key of the mask; where it is missing, every token counts
 * @throws {RangeError} when an input is missing, or inputs or mask differ in shape
 */
export function tokenRows<K extends string>(
  where: string,
  inputs: Readonly<Partial<Record<string, Tensor>>>,
  names: readonly K[],
  maskName: string,
): TokenRows<K> {
  const given = inputs as Readonly<Record<string, Tensor>>;
  const single = given[names[0]!]?.shape?.length === 1;
  const present = given[maskName] === undefined ? names : [...names, maskName];
  checkShapes(where, given, present, single ? ['T'] : ['B', 'T']);
  const asRow = (x: Tensor): Tensor2D => (single ? expandDims(x, 0) : x) as Tensor2D;
  const { shape } = asRow(given[names[0]!]!);
  const keep = given[maskName] && asRow(cast(stopGradient(given[maskName]), 'bool'));
  const mask = keep ? cast<Tensor2D>(keep, 'float32') : ones<Rank.R2>(shape);
  const sumOver = (values: Tensor): Tensor1D => sum<Tensor1D>(mul(values, mask), 1);
  return {
    size: shape[0],
    mask,
    row: (name, masked = 0) => {
      const row = asRow(given[name]!);
      return keep ? select(keep, row, fill<Rank.R2>(shape, masked)) : row;
    },
    sumOver,
    meanOver: (values) => div(sumOver(values), maximum(sum(mask, 1), 1)),
  };
}

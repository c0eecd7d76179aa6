import { stringAttribute, typeAttribute, type OpAttribute } from './attributes.ts';
import { DT } from './dtypes.ts';
import { contractedDimensions } from './protobuf.ts';

/** How a product is computed that XLA's kernel does not take: all in float32, or of rounded factors and rounded itself. */
export type OtherProduct = 'float32' | 'rounded';

/**
 * Attributes and shape of a product (XlaDotV2) of bfloat16 factors with a float32 result.
 *
 * @param left shape of the first factor
 * @param right shape of the second one
 * @param given attributes of the matrix product as tfjs wants it
 */
export function planMixedProduct(
  left: readonly number[],
  right: readonly number[],
  given: readonly OpAttribute[],
): { attributes: OpAttribute[]; shape: number[] } | OtherProduct {
  // Batches of products are small here (a query over a cache), and casting their factors costs more than it saves.
  if (left.length !== 2 || right.length !== 2) return 'float32';
  const isTransposed = (names: readonly string[]): boolean =>
    given.some(({ name, value }) => names.includes(name) && value === true);
  const summedLeft = isTransposed(['transpose_a', 'adj_x']) ? 0 : 1;
  const summedRight = isTransposed(['transpose_b', 'adj_y']) ? 1 : 0;
  const shape = [left[1 - summedLeft]!, right[1 - summedRight]!];
  // The kernel takes no vectors, and no first factor that is transposed.
  if (summedLeft === 0 || shape.includes(1)) return 'rounded';
  return {
    attributes: [
      typeAttribute('LhsT', DT.BFLOAT16),
      typeAttribute('RhsT', DT.BFLOAT16),
      typeAttribute('preferred_element_type', DT.FLOAT),
      stringAttribute('dimension_numbers', contractedDimensions(summedLeft, summedRight)),
      stringAttribute('precision_config', ''),
    ],
    shape,
  };
}

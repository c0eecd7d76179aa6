/** How far apart tokens are told apart. */
export interface RelativePositions {
  /** Half the rows of the table of relative positions; distances at and beyond it share the outermost rows. */
  span: number;
  /** Distances at which the logarithmic buckets end; null: each distance has a bucket of its own. */
  farthest: number | null;
}

/**
 * The bucket of a distance: the distance itself up to half the span, then logarithmically fewer, with the sign kept.
 *
 * @see He et al. 2021, arXiv:2006.03654, section 3.1; the buckets are those of the code for DeBERTa v2
 */
export function positionBucket(distance: number, { span, farthest }: RelativePositions): number {
  const middle = Math.floor(span / 2);
  const far = Math.abs(distance);
  if (farthest === null || far <= middle) return distance;
  const scaled = (Math.log(far / middle) / Math.log((farthest - 1) / middle)) * (middle - 1);
  return Math.sign(distance) * (Math.ceil(scaled) + middle);
}

/** The row of the table of relative positions, 0 to 2 span - 1, for a distance query minus key. */
export function positionRow(distance: number, positions: RelativePositions): number {
  const { span } = positions;
  return Math.min(Math.max(positionBucket(distance, positions) + span, 0), 2 * span - 1);
}

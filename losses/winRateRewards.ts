/**
 * Rewards of a group from who beats whom: the mean win rate over the others, SPO's r_i = mean_{j != i} P(i beats j).
 *
 * Where P is antisymmetric they sum to K/2, so that {@link groupMeanAdvantages} of them is r_i - 1/2. SPPO's win rates
 * also count the response itself, at P = 1/2.
 *
 * @param probabilities K x K, entry [i][j] is P(i beats j), in [0, 1]; the diagonal is not read
 * @returns one reward per response, in [0, 1]
 * @throws {RangeError} when the matrix is not square and at least 2 x 2, or holds anything but probabilities
 * @see Swamy et al. 2024, arXiv:2401.04056
 */
export function winRateRewards(probabilities: readonly (readonly number[])[]): number[] {
  const size = probabilities.length;
  const square = size >= 2 && probabilities.every((row) => row.length === size);
  if (!square) {
    const got = `${size} rows of ${probabilities.map((row) => row.length).join(', ')}`;
    throw new RangeError(
      `winRateRewards: expected a square matrix of at least 2 x 2, got ${got}. Compare every response with every other.`,
    );
  }
  return probabilities.map((row, i) => {
    const others = row.filter((_, j) => j !== i);
    const wrong = others.find((p) => !(p >= 0 && p <= 1));
    if (wrong !== undefined) {
      throw new RangeError(
        `winRateRewards: expected probabilities from 0 to 1, got ${wrong} in row ${i}. Drop groups with failed comparisons.`,
      );
    }
    return others.reduce((sum, p) => sum + p, 0) / others.length;
  });
}

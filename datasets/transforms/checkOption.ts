/** Checks that an option is a whole number of at least `least`. */
export function checkCount(transform: string, option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `${transform}: ${option} must be a whole number of at least ${least}, got ${value}. Set it to ${least} or more.`,
  );
}

/** Checks shares of a whole: each in (0, 1], together 1. */
export function checkShares(transform: string, option: string, shares: Readonly<Record<string, number>>): void {
  const values = Object.values(shares);
  const total = values.reduce((sum, share) => sum + share, 0);
  if (values.every((share) => share > 0) && Math.abs(total - 1) < 1e-9) return;
  const found = Object.entries(shares).map(([name, share]) => `${name} ${share}`);
  throw new RangeError(
    `${transform}: ${option} must be above 0 and add up to 1, got ${found.join(', ') || 'none'} (together ${total}). ` +
      'Name each part with its share, such as { train: 0.9, test: 0.1 }.',
  );
}

/** @throws {RangeError} naming the first option that is not a number from 0 to below 1 */
export function checkBelowOne(where: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= 0 && value < 1) continue;
    throw new RangeError(
      `${where}: ${name} must be a number from 0 to below 1, got ${String(value)}. Set it to the share of the old value that a step keeps.`,
    );
  }
}

/** @throws {RangeError} naming the first option that is negative or not finite */
export function checkNotNegative(where: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= 0 && Number.isFinite(value)) continue;
    throw new RangeError(
      `${where}: ${name} must be a finite number, 0 or more, got ${String(value)}. Leave it out for the default.`,
    );
  }
}

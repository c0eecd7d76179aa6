import type { Tensor } from '@tensorflow/tfjs-core';

// Losses are recorded and compiled, and while that happens tensors have no values: every check here looks at shapes and
// options only.

/**
 * Checks that the named inputs are tensors of one shape with `dims.length` axes, [B] unless told otherwise.
 *
 * @param where  name of the loss or metric, for the message
 * @param inputs the inputs as the caller gave them
 * @param names  the keys that must be there
 * @param dims   the axes, such as `['B', 'T']`
 * @throws {RangeError} listing every input with its shape
 */
export function checkShapes(
  where: string,
  inputs: Readonly<Record<string, Tensor>>,
  names: readonly string[],
  dims: readonly string[] = ['B'],
): void {
  const shapes = names.map((name) => shapeText(inputs[name]));
  const fits = inputs[names[0]!]?.shape?.length === dims.length && shapes.every((shape) => shape === shapes[0]);
  if (fits) return;
  const got = names.map((name, i) => `${name} ${shapes[i]}`).join(', ');
  const unit = dims.includes('T')
    ? 'one number per token of the same batch'
    : dims.length === 0
      ? 'one number for the whole batch'
      : 'one number per pair of the same batch, log-probabilities summed over response tokens';
  throw new RangeError(`${where}: inputs must be tensors of one shape [${dims.join(', ')}], got ${got}. Pass ${unit}.`);
}

/** @throws {RangeError} when `value` is not a positive finite number */
export function checkPositive(where: string, option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return;
  throw new RangeError(
    `${where}: ${option} must be a positive finite number, got ${String(value)}. Set ${option} in the options.`,
  );
}

/** @throws {RangeError} when `value` is not a probability of a flipped label, a number from 0 to 0.5 */
export function checkLabelSmoothing(where: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value >= 0 && value <= 0.5) return;
  throw new RangeError(
    `${where}: labelSmoothing must be a number from 0 to 0.5, got ${String(value)}. ` +
      'Set it to the share of labels you expect to be flipped.',
  );
}

/** @throws {RangeError} when `value` is not a finite number */
export function checkFinite(where: string, option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw new RangeError(
    `${where}: ${option} must be a finite number, got ${String(value)}. Set ${option} in the options.`,
  );
}

/** @throws {RangeError} when `value` is not a number from 0 to 1 */
export function checkShare(where: string, option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return;
  throw new RangeError(
    `${where}: ${option} must be a number from 0 to 1, got ${String(value)}. Set ${option} in the options.`,
  );
}

/** @throws {RangeError} when `value` is not a finite number of at least 0 */
export function checkNotNegative(where: string, option: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return;
  throw new RangeError(
    `${where}: ${option} must be a finite number of at least 0, got ${String(value)}. Set ${option} in the options.`,
  );
}

/** @throws {RangeError} when `value` is not one of `choices` */
export function checkOneOf(where: string, option: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return;
  throw new RangeError(
    `${where}: ${option} must be one of ${choices.join(', ')}, got ${String(value)}. Choose one, or leave ${option} out.`,
  );
}

/**
 * Checks that the named inputs hold one number for each of `rows` rows.
 *
 * @throws {RangeError} naming the first that does not, with its shape
 */
export function checkPerRow(
  where: string,
  inputs: Readonly<Record<string, Tensor | undefined>>,
  names: readonly string[],
  rows: number,
): void {
  for (const name of names) {
    const shape = shapeText(inputs[name]);
    if (shape === `[${rows}]`) continue;
    throw new RangeError(
      `${where}: expected one number per row, shape [${rows}], got ${name} ${shape}. Pass all inputs of the same batch.`,
    );
  }
}

function shapeText(input: Tensor | undefined): string {
  return Array.isArray(input?.shape) ? `[${input.shape.join(', ')}]` : 'missing';
}

import { UserError } from '../../../base/userError.ts';

/** An option's value, once it is a whole number of at least `least`. */
export function checkWhole(option: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UserError('cli.usage', `${option}: expected a whole number of at least ${least}, got ${value}.`);
}

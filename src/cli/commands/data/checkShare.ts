import { UserError } from '../../../base/userError.ts';

/** An option's value, once it is a share. */
export function checkShare(option: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new UserError('cli.usage', `${option}: expected a share from 0 to 1, got ${value}.`);
}

import { UserError } from '../base/userError.ts';
import type { DeviceName } from '../engine/startEngine.ts';

/** Reads `--device`. */
export function parseDevice(device: string): DeviceName {
  if (/^(auto|cpu|gpu|gpu:\d+)$/.test(device)) return device as DeviceName;
  throw new UserError('cli.usage', `--device: expected auto, cpu, gpu or gpu:<number>, got "${device}".`);
}

/** Reads `--threads`. */
export function parseThreads(threads: number | undefined): number | undefined {
  if (threads === undefined || (Number.isSafeInteger(threads) && threads > 0)) return threads;
  throw new UserError('cli.usage', `--threads: expected a whole number above 0, got ${threads}.`);
}

import type { Judge } from '../../judges/index.ts';
import { parseDevice, parseThreads } from '../engineOptions.ts';
import type { JudgeContext } from './openJudge.ts';

/**
 * Loads the judge in a folder, or of the Hub; its files tell which kind it is.
 *
 * @throws {UserError} when they tell none
 */
export async function openJudgeFolder(place: string, { args, session }: JudgeContext): Promise<Judge> {
  const [device, threads] = [parseDevice(args.device), parseThreads(args.threads)];
  const { localFolder } = await import('../../../datasets/index.ts');
  const { choosePrecision, startEngine } = await import('../../engine/index.ts');
  const { loadJudge } = await import('../../judges/index.ts');
  session.status.update('Loading the judge ...');
  const folder = await localFolder(place, { signal: session.io.interruptSignal(), onMessage: session.note });
  await startEngine({ device, ...(threads === undefined ? {} : { threads }), onNotice: session.note });
  return loadJudge(folder, { precision: choosePrecision(args['judge-precision']) });
}

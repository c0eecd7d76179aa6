import { UserError } from '../../../base/userError.ts';
import type { OptionTable, Session } from '../../command.ts';
import type { DrawAnswersOptions } from '../../drawAnswers.ts';
import { openPolicy, POLICY_OPTIONS, type OpenPolicy, type PolicyArguments } from '../../openPolicy.ts';
import { checkWhole } from '../data/checkWhole.ts';

const DEFAULT_NEW_TOKENS = 256;

/** Options of the commands that can draw answers themselves. */
export const SAMPLING_OPTIONS = {
  ...POLICY_OPTIONS,
  policy: {
    type: 'string',
    requiresArg: true,
    describe: 'Draws the answers now: folder or hub:owner/name@revision; after a stop it goes on',
  },
  'max-new-tokens': {
    type: 'number',
    requiresArg: true,
    describe: 'Longest answer of --policy, in tokens',
    defaultDescription: '256, or a quarter of the context',
  },
  'sample-temperature': {
    type: 'number',
    requiresArg: true,
    default: 1,
    describe: 'Of answers of --policy; 0: most likely token',
  },
} as const satisfies OptionTable;

export interface SamplingArguments extends Omit<PolicyArguments, 'policy'> {
  policy?: string | undefined;
  /** File whose first row says how prompts are written; without one, as chats. */
  prompts?: string | undefined;
  'max-new-tokens'?: number | undefined;
  'sample-temperature': number;
  seed: number;
}

/** How answers are drawn, and how prompts are written. */
export type Sampling = Pick<DrawAnswersOptions, 'sampler' | 'maxNewTokens' | 'temperature' | 'seed' | 'bf16'> & {
  format: 'chat' | 'transcript';
};

/**
 * Works with the policy of `--policy`; undefined without one.
 *
 * @throws {UserError} for options that make no sense, before the policy is loaded
 */
export async function withPolicy<Result>(
  args: SamplingArguments,
  session: Session,
  work: (open: OpenPolicy, sampling: Sampling) => Promise<Result>,
): Promise<Result | undefined> {
  const { policy: folder, seed, precision, 'sample-temperature': temperature, 'max-new-tokens': most } = args;
  if (folder === undefined) return undefined;
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new UserError('cli.usage', `--sample-temperature: expected a number from 0 up, got ${temperature}.`);
  }
  if (most !== undefined) checkWhole('--max-new-tokens', most, 1);
  const { promptFormat } = await import('../../../../datasets/index.ts');
  const { choosePrecision } = await import('../../../engine/index.ts');
  const format = args.prompts === undefined ? 'chat' : await promptFormat(args.prompts);
  const { createSampler } = await import('../../../sampling/index.ts');
  const open = await openPolicy({ ...args, policy: folder }, session);
  const sampler = createSampler(open.policy);
  try {
    const maxNewTokens = most ?? Math.min(DEFAULT_NEW_TOKENS, open.policy.config.contextLength >> 2);
    const bf16 = choosePrecision(precision) === 'bf16';
    return await work(open, { sampler, maxNewTokens, temperature, seed, bf16, format });
  } finally {
    sampler.dispose();
    open.policy.dispose();
  }
}

import type { Policy } from '../models/index.ts';
import { samplerOf, type Sampler } from './generate.ts';

/**
 * A sampler for the geometric mixture of a policy and a reference, in proportion to policy^(1 - share) reference^share token
 * by token: it draws from (1 - share) policy logits + share reference logits. It sees every update of both.
 *
 * `tokenLogProbs` of its responses are those under the mixture at temperature 1.
 *
 * @param share share of the reference, from 0 to 1
 * @throws {RangeError} when the share is out of range, or the models have not the same number of tokens
 * @see Munos et al. 2023, arXiv:2312.00886, section 7, the one-step-at-a-time regularized policy; huggingface/trl
 *   `GeometricMixtureWrapper`
 * @example const sampler = createMixtureSampler(policy, base, 0.25);
 */
export function createMixtureSampler(policy: Policy, reference: Policy, share: number): Sampler {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`createMixtureSampler: share must be between 0 and 1, got ${share}.`);
  }
  const [own, other] = [policy.config.vocabSize, reference.config.vocabSize];
  if (own !== other) {
    throw new RangeError(
      `createMixtureSampler: the policy has ${own} tokens, the reference ${other}. Mix models of one tokenizer.`,
    );
  }
  return samplerOf([
    { policy, share: 1 - share },
    { policy: reference, share },
  ]);
}

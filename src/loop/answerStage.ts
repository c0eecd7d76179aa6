import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { SampleRow, TokenizedPrompt, TokenizedSample, Tokenizer } from '../../datasets/index.ts';
import type { SequenceScorer } from '../training/index.ts';
import type { PreparedExamples } from './examples/preparedExamples.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import type { Loop } from './loop.ts';

export interface AnswerStageOptions {
  prompts: readonly TokenizedPrompt[];
  /** Single answers, of which those to the prompts are taken. */
  examples: PreparedExamples;
  /** Scores under the policy of the round, for the log-probabilities that every row of the table has. */
  scorer: Pick<SequenceScorer, 'scoreTokens'>;
  /** Names those weights. */
  policyHash: string;
  tokenizer: Tokenizer;
  /** `k` of a prompt's first answer, behind those of its samples. */
  firstIndex: number;
}

/**
 * Puts answers of a dataset, to the prompts of a round, into its file `answers.arrow` as rows of the `samples` table, so that
 * pairs can name them: their tokens, and the log-probability of each of these under the policy of the round. Their `sampler`
 * is `dataset`.
 */
export async function answerStage(loop: Loop, round: number, options: AnswerStageOptions): Promise<SampleRow[]> {
  const path = loop.run.stagePath(round, 'answers.arrow');
  if (loop.run.has(path)) return readArrowFile(path, 'samples');
  const { prompts, examples, scorer, tokenizer, policyHash, firstIndex } = options;
  const given = groupByPrompt(
    (examples.pairs as readonly TokenizedSample[]).map(({ completionIds }, i) => {
      return { prompt_id: examples.prompts[i]!.id, completionIds };
    }),
  );
  const found = prompts.flatMap(({ prompt, tokenIds }) =>
    (given.get(prompt.id) ?? []).map(({ completionIds }, n) => ({ prompt, tokenIds, completionIds, n })),
  );
  return loop.time(round, 'answers', async () => {
    const logps = await scorer.scoreTokens(
      found.map(({ tokenIds, completionIds }) => ({ promptIds: tokenIds, completionIds })),
      {
        signal: loop.signal,
        onProgress: (done, total) => loop.progress(`round ${round}: scored ${done}/${total} answers`),
      },
    );
    const rows = found.map(({ prompt, tokenIds, completionIds, n }, i): SampleRow => ({
      id: `${prompt.id}/${round}/answer-${n}`,
      prompt_id: prompt.id,
      k: firstIndex + n,
      text: tokenizer.decode([...completionIds], { skipSpecialTokens: true }),
      prompt_token_ids: [...tokenIds],
      token_ids: [...completionIds],
      token_logps: [...logps[i]!],
      finish_reason: completionIds.at(-1) === tokenizer.eosTokenId ? 'stop' : 'length',
      policy_hash: policyHash,
      sampler: 'dataset',
    }));
    await writeArrowFile(path, 'samples', rows);
    return rows;
  });
}

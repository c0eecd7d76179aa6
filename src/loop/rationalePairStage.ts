import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { PairRow, SampleRow } from '../../datasets/index.ts';
import { randomStream } from '../base/seed.ts';
import { UserError } from '../base/userError.ts';
import { readRationale } from '../judges/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import type { Loop } from './loop.ts';
import type { RationaleQuestions } from './rationaleQuestions.ts';

export interface RationalePairStageOptions extends RationaleQuestions {
  /** Rationales, K for each question. */
  samples: readonly SampleRow[];
}

/**
 * Pairs a rationale that ends in the right verdict with one that ends in the wrong one, for each question that has both;
 * which ones is drawn from the seed. A rationale without a verdict stands in where none is wrong.
 *
 * @throws {UserError} when no question has both
 * @see Trivedi et al. 2024, arXiv:2410.05495 (self-rationalization; there the judge gives scores)
 */
export async function rationalePairStage(
  loop: Loop,
  round: number,
  { rows, verdicts, samples }: RationalePairStageOptions,
): Promise<PairRow[]> {
  const path = loop.run.stagePath(round, 'pairs.arrow');
  if (loop.run.has(path)) return readArrowFile(path, 'pairs');
  const messages = new Map(rows.map((row) => [row.id, row.messages]));
  const pairs: PairRow[] = [];
  for (const [promptId, rationales] of groupByPrompt(samples)) {
    const right = verdicts.get(promptId)!;
    const verdictOf = rationales.map(({ text }) => readRationale(text));
    const among = (verdict: 0 | 1 | undefined): SampleRow[] => rationales.filter((_, i) => verdictOf[i] === verdict);
    const good = among(right);
    const wrong = among(right === 1 ? 0 : 1);
    const bad = wrong.length > 0 ? wrong : among(undefined);
    if (good.length === 0 || bad.length === 0) continue;
    const random = randomStream(loop.seed, 'rationale pair', round, promptId);
    const [chosen, rejected] = [random.pick(good), random.pick(bad)];
    pairs.push({
      id: `${promptId}/${round}`,
      prompt_id: promptId,
      prompt: messages.get(promptId)!,
      chosen: chosen.text,
      rejected: rejected.text,
      chosen_sample_id: chosen.id,
      rejected_sample_id: rejected.id,
      p_chosen: good.length / rationales.length,
      p_rejected: bad.length / rationales.length,
      p_chosen_beats_rejected: 1,
      weight: 1,
      round,
      provenance: wrong.length > 0 ? 'right and wrong verdict' : 'right and no verdict',
    });
  }
  if (pairs.length === 0) throw noPairs(round, samples, verdicts);
  await writeArrowFile(path, 'pairs', pairs);
  return pairs;
}

function noPairs(round: number, samples: readonly SampleRow[], verdicts: RationaleQuestions['verdicts']): UserError {
  const found = samples.map(({ prompt_id: id, text }) => ({ right: verdicts.get(id), verdict: readRationale(text) }));
  const right = found.filter(({ right, verdict }) => verdict === right).length;
  const none = found.filter(({ verdict }) => verdict === undefined).length;
  return new UserError(
    'train.noPairs',
    `Round ${round}: no question has both a right and a wrong rationale: of ${samples.length}, ${right} end in the right ` +
      `verdict, ${samples.length - right - none} in the wrong one and ${none} in none. ` +
      (none > samples.length / 2
        ? 'Raise sampling.maxNewTokens, or take a model that follows instructions.'
        : 'Raise sampling.samples or sampling.temperature.'),
  );
}

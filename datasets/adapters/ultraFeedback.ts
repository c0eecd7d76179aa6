import { promptMessages } from '../promptMessages.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { objectsIn } from './conversation.ts';
import { numberIn } from './numberIn.ts';
import { RowFault } from './rowFault.ts';
import { responseOfScored, scoredPairs, type ScoredAnswer } from './scoredPairs.ts';
import { shown } from './shown.ts';

/** Where a completion's score stands, in order of preference. The first is what UltraFeedback's binarized version used. */
const SCORES = ['overall_score', 'score', 'fine-grained_score'] as const;

/**
 * UltraFeedback before it was binarized: several scored completions to an instruction.
 *
 * @see https://huggingface.co/datasets/openbmb/UltraFeedback
 */
export const ultraFeedback: Adapter = {
  name: 'ultrafeedback',
  describes:
    'instruction or prompt with completions [{response, overall_score | score}]: best against worst, or all pairs',
  matches: (row) => has(row, 'completions'),
  toPairs: (row, scored) => {
    const read = scoredAnswers(row);
    return read instanceof RowFault ? read : scoredPairs('completions', read, scored);
  },
  toPrompt: promptMessages,
  toResponses: (row) => {
    const read = scoredAnswers(row);
    return read instanceof RowFault ? read : read.map(responseOfScored);
  },
};

function scoredAnswers(row: RawRow): ScoredAnswer[] | RowFault {
  const completions = objectsIn(row['completions']);
  if (!completions) return RowFault.in('completions', 'a list of {response, overall_score}', row['completions']);
  const prompt = promptMessages({ instruction: row['instruction'], prompt: row['prompt'] });
  if (prompt instanceof RowFault) return prompt;
  const answers: ScoredAnswer[] = [];
  for (const [index, completion] of completions.entries()) {
    const at = `completions[${index}]`;
    const { response, model } = completion;
    if (typeof response !== 'string') return wrong(`${at}.response`, 'text', response);
    const field = SCORES.find((name) => has(completion, name));
    const score = field && numberIn(completion[field]);
    if (score === undefined) return wrong(`${at}.${field ?? SCORES[0]}`, 'a number', field && completion[field]);
    answers.push({ at, prompt, response, score, ...(typeof model === 'string' ? { generator: model } : {}) });
  }
  return answers;
}

const wrong = (field: string, expected: string, value: unknown): RowFault =>
  new RowFault('wrong-value', `${field}: expected ${expected}, found ${shown(value)}`, field, value);

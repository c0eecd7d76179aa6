import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { readPairs, readPrompts, validateRows } from '../../../datasets/index.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { assistant, fileOf, side, user } from './rowFiles.ts';

const PAIR = { prompt: [user('Q')], chosen: 'A', rejected: 'B' };
const completion = (response: string, overall_score: unknown): object => ({ response, overall_score, model: 'm' });
const ranked = (answer: string, rank: number): object => ({ answer, rank, model: 'm' });
const transcript = (answer: string): string => `\n\nHuman: Q\n\nAssistant: ${answer}`;

// The columns are those of the named dataset on the Hub, where there is one.
describe('a row is told, and read as a pair and as a prompt:', () => {
  test.each<[string, string, object, object]>([
    ['preference-text', 'TRL, explicit', { prompt: 'Q', chosen: 'A', rejected: 'B' }, {}],
    ['preference-text', 'Dahoas/rm-static', { prompt: transcript(''), response: ' A', chosen: 'A', rejected: 'B' }, {}],
    ['preference-text', 'instruction', { instruction: 'Q', input: '', chosen: 'A', rejected: 'B' }, {}],
    [
      'preference-messages',
      'trl-lib/hh-rlhf-helpful-base',
      { prompt: [user('Q')], chosen: [assistant('A')], rejected: [assistant('B')] },
      {},
    ],
    [
      'preference-messages',
      'JSON text, as in CSV',
      { chosen: JSON.stringify(side('A')), rejected: JSON.stringify(side('B')) },
      {},
    ],
    ['hh-transcript', 'Anthropic/hh-rlhf', { chosen: transcript('A'), rejected: transcript('B') }, {}],
    [
      'orca',
      'argilla/distilabel-intel-orca-dpo-pairs',
      { system: '', input: 'Q', chosen: 'A', rejected: 'B', status: 'tie' },
      {},
    ],
    [
      'openai-preference',
      'OpenAI',
      {
        input: { messages: [user('Q')], tools: [] },
        preferred_output: [assistant('A')],
        non_preferred_output: [assistant('B')],
      },
      {},
    ],
    ['spin', 'UCLA-AGI/SPIN_iter0', { real: side('A'), generated: side('B') }, {}],
    [
      'rewardbench',
      'allenai/reward-bench',
      { prompt: 'Q', chosen: 'A', chosen_model: 'm', rejected: 'B', rejected_model: 'n', subset: 'math', id: 3 },
      { subset: 'math' },
    ],
    [
      'rewardbench',
      'allenai/reward-bench-2',
      { id: '3', prompt: 'Q', chosen: ['A'], rejected: ['B'], num_correct: 1, subset: 'Math' },
      { subset: 'Math' },
    ],
    [
      'rewardbench',
      'reward-bench-2 as CSV',
      { prompt: 'Q', chosen: '["A"]', rejected: '["B"]', subset: 'Math' },
      { subset: 'Math' },
    ],
    [
      'ultrafeedback-binarized',
      'HuggingFaceH4/ultrafeedback_binarized',
      {
        prompt: 'Q',
        prompt_id: 'h',
        messages: side('A'),
        chosen: side('A'),
        rejected: side('B'),
        score_chosen: 8,
        score_rejected: 6.5,
      },
      { scoreMargin: 1.5 },
    ],
    [
      'ultrafeedback-binarized',
      'argilla/ultrafeedback-binarized-preferences-cleaned',
      {
        source: 's',
        prompt: 'Q',
        chosen: side('A'),
        'chosen-rating': 5,
        'chosen-model': 'm',
        rejected: side('B'),
        'rejected-rating': 3,
        'rejected-model': 'n',
      },
      { scoreMargin: 2 },
    ],
    [
      'ultrafeedback',
      'openbmb/UltraFeedback',
      {
        source: 's',
        instruction: 'Q',
        models: ['m'],
        completions: [completion('B', '2'), completion('M', 5), completion('A', 9)],
      },
      { scoreMargin: 7 },
    ],
    [
      'ultrafeedback',
      'completions as JSON text',
      { instruction: 'Q', completions: JSON.stringify([completion('B', 1), completion('A', 2)]) },
      { scoreMargin: 1 },
    ],
    [
      'nectar',
      'berkeley-nest/Nectar',
      {
        prompt: '\n\nHuman: Q\n\nAssistant: ',
        answers: [ranked('M', 2), ranked('A', 1), ranked('B', 3)],
        turns: 1,
        source: ['sharegpt'],
      },
      { scoreMargin: 2 },
    ],
    [
      'arena',
      'lmsys/chatbot_arena_conversations',
      {
        question_id: 'q',
        model_a: 'm',
        model_b: 'n',
        winner: 'model_b',
        conversation_a: side('B'),
        conversation_b: side('A'),
        turn: 1,
        language: 'English',
      },
      {},
    ],
    [
      'helpsteer',
      'nvidia/HelpSteer2, preference',
      { prompt: 'Q', response_1: 'A', response_2: 'B', preference_strength: -2 },
      { scoreMargin: 2 },
    ],
    [
      'helpsteer',
      'nvidia/HelpSteer3',
      { context: [user('Q')], response1: 'B', response2: 'A', overall_preference: 3 },
      { scoreMargin: 3 },
    ],
    [
      'shp',
      'stanfordnlp/SHP',
      { post_id: 'p', history: 'Q', human_ref_A: 'B', human_ref_B: 'A', labels: 0, score_A: 3, score_B: 8 },
      { scoreMargin: 5 },
    ],
    [
      'alpaca-eval-annotations',
      'AlpacaEval',
      { instruction: 'Q', output_1: 'B', generator_1: 'm', output_2: 'A', preference: '2.0' },
      { scoreMargin: 1 },
    ],
  ])('%s, %s', async (name, _, row, extra) => {
    const path = await fileOf(row);
    const { pairs, adapters } = await readPairs(path);
    expect(adapters).toEqual({ [name]: 1 });
    expect(pairs).toEqual([{ id: expect.any(String), ...PAIR, ...extra }]);
    expect((await readPrompts(path)).map(({ messages }) => messages)).toEqual([[user('Q')]]);
  });
});

describe('a faulty row is told all the same, and explained:', () => {
  test.each<[string, object, string, string]>([
    [
      'preference-text',
      { prompt: 'Q', chosen: 'A' },
      'missing-field',
      'expected "chosen" and "rejected", found no "rejected"',
    ],
    ['preference-text', { prompt: '', chosen: 'A', rejected: 'B' }, 'empty-prompt', '"prompt" holds an empty prompt'],
    [
      'preference-messages',
      { prompt: 'Other', chosen: side('A'), rejected: side('B') },
      'other-prompt',
      '"prompt" at the beginning',
    ],
    [
      'preference-messages',
      { chosen: side('A'), rejected: [user('Q')] },
      'no-answer-turn',
      '"rejected" must end in an assistant',
    ],
    [
      'hh-transcript',
      { chosen: transcript('A'), rejected: '\n\nHuman: R\n\nAssistant: B' },
      'two-prompts',
      'expected one prompt',
    ],
    [
      'orca',
      { system: 3, question: 'Q', chosen: 'A', rejected: 'B' },
      'wrong-value',
      'expected text in "system", found 3',
    ],
    [
      'openai-preference',
      { input: 'Q', preferred_output: [assistant('A')], non_preferred_output: [] },
      'wrong-value',
      'expected {messages} in "input", found "Q"',
    ],
    [
      'openai-preference',
      { input: { messages: [user('Q')] }, preferred_output: [assistant('A')] },
      'missing-field',
      'found no "non_preferred_output"',
    ],
    ['spin', { real: side('A') }, 'missing-field', 'found no "generated"'],
    ['spin', { real: [user('Q')], generated: side('B') }, 'no-answer-turn', '"real" must end in an assistant'],
    ['rewardbench', { prompt: 'Q', chosen: ['A'], rejected: [], subset: 's' }, 'wrong-value', '"rejected"'],
    [
      'ultrafeedback-binarized',
      { prompt: 'Q', chosen: 'A', rejected: 'B', score_chosen: 8, score_rejected: 'N/A' },
      'wrong-value',
      'expected a number in "score_rejected", found "N/A"',
    ],
    [
      'ultrafeedback-binarized',
      { prompt: 'Q', chosen: 'A', rejected: 'B', score_chosen: 1, score_rejected: 2 },
      'margin',
      '"score_chosen" at least 0 above "score_rejected", found -1',
    ],
    [
      'ultrafeedback',
      { instruction: 'Q', completions: [completion('A', 'N/A')] },
      'wrong-value',
      'completions[0].overall_score: expected a number, found "N/A"',
    ],
    [
      'ultrafeedback',
      { instruction: 'Q', completions: [completion('A', 1), completion('B', 1)] },
      'tie',
      'that differ in "completions", found 1, 1',
    ],
    [
      'ultrafeedback',
      { prompt: 'Q', completions: ['step'], labels: [true] },
      'wrong-value',
      'expected a list of {response, overall_score}',
    ],
    [
      'nectar',
      { prompt: 'Q', answers: [ranked('A', 1), { answer: 'B', rank: 'x' }] },
      'wrong-value',
      'answers[1].rank: expected a number, found "x"',
    ],
    [
      'arena',
      { winner: 'tie (bothbad)', conversation_a: side('A'), conversation_b: side('B') },
      'tie',
      'expected a winner in "winner", found "tie (bothbad)"',
    ],
    [
      'arena',
      { winner: 'A', conversation_a: side('A'), conversation_b: side('B') },
      'wrong-value',
      'expected model_a, model_b, tie',
    ],
    [
      'arena',
      { winner: 'model_a', conversation_a: [...side('A'), ...side('C')], conversation_b: [...side('B'), ...side('D')] },
      'two-prompts',
      '"conversation_a" and "conversation_b" have different ones',
    ],
    ['helpsteer', { prompt: 'Q', response_1: 'A', response_2: 'B', preference_strength: 0 }, 'tie', 'found a tie (0)'],
    [
      'helpsteer',
      { prompt: 'Q', response_1: 'A', preference_strength: 1 },
      'missing-field',
      'expected text in "response_2", found nothing',
    ],
    [
      'shp',
      { history: 'Q', human_ref_A: 'A', human_ref_B: 'B', labels: 2 },
      'wrong-value',
      'expected 1 or 0 in "labels", found 2',
    ],
    [
      'shp',
      { history: 'Q', human_ref_A: 'A', human_ref_B: 'B', labels: 1, score_A: 1, score_B: 4 },
      'margin',
      'found -3',
    ],
    [
      'alpaca-eval-annotations',
      { instruction: 'Q', output_1: 'B', output_2: 'A', preference: 1.5 },
      'tie',
      'found a tie',
    ],
    [
      'alpaca-eval-annotations',
      { instruction: 'Q', output_1: 'B', output_2: 'A', preference: 3 },
      'wrong-value',
      'from 1 to 2 in "preference", found 3',
    ],
  ])('%s %j', async (_, row, reason, why) => {
    const { message } = await userErrorOf(async () => readPairs(await fileOf(row)));
    expect(message).toContain(`(1 ${reason})`);
    expect(message).toContain(why);
  });
});

test('a system message and a question are both in the prompt', async () => {
  const row = { system: 'Be brief.', question: 'Q', chosen: 'A', rejected: 'B' };
  const system = { role: 'system', content: 'Be brief.' };
  expect((await readPairs(await fileOf(row))).pairs[0]!.prompt).toEqual([system, user('Q')]);
  expect((await readPrompts(await fileOf(row)))[0]!.messages).toEqual([system, user('Q')]);
});

test('several turns of a HelpSteer prompt are taken apart', async () => {
  const prompt = 'Q\n<extra_id_1>Assistant\nA\n<extra_id_1>User\nR';
  const row = { prompt, response_1: 'C', response_2: 'D', preference_strength: 1 };
  expect((await readPairs(await fileOf(row))).pairs[0]).toMatchObject({
    prompt: [user('Q'), assistant('A'), user('R')],
    chosen: 'D',
  });
});

test('each chosen answer of RewardBench 2 meets each rejected one', async () => {
  const row = { id: 'r', prompt: 'Q', chosen: ['A', 'B'], rejected: ['C', 'D'], subset: 'Ties' };
  const { pairs, items } = await readPairs(await fileOf(row));
  expect(pairs.map(({ id, chosen, rejected }) => `${id} ${chosen}${rejected}`)).toEqual([
    'r/1 AC',
    'r/2 AD',
    'r/3 BC',
    'r/4 BD',
  ]);
  expect(items).toBe(4);
});

describe('all pairs of several answers keep a margin:', () => {
  test.each<[string, object]>([
    ['scores', { instruction: 'Q', completions: [completion('C', 1), completion('A', 9), completion('B', 8)] }],
    ['ranks', { prompt: 'Q', answers: [ranked('C', 9), ranked('A', 1), ranked('B', 2)] }],
  ])('%s', async (_, row) => {
    const { pairs } = await readPairs(await fileOf({ id: 'u', ...row }), { pairs: 'all', minMargin: 2 });
    expect(pairs.map(({ id, chosen, rejected }) => [id, chosen, rejected])).toEqual([
      ['u/1', 'A', 'C'],
      ['u/2', 'B', 'C'],
    ]);
  });
});

describe('an implicit prompt', () => {
  test.each([
    ['The sky is blue.', 'The sky is green.', ['The sky is', ' blue.', ' green.']],
    ['Q: why? Because.', 'Q: why? Since.', ['Q: why?', ' Because.', ' Since.']],
    ['Look: 😀', 'Look: 😁', ['Look:', ' 😀', ' 😁']],
  ])('of %j and %j is their common beginning, as in TRL', async (chosen, rejected, [prompt, ...answers]) => {
    const { pairs, adapters } = await readPairs(await fileOf({ id: 'p', chosen, rejected }));
    expect(adapters).toEqual({ 'preference-implicit': 1 });
    expect(pairs).toEqual([{ id: 'p', prompt: [user(prompt!)], chosen: answers[0], rejected: answers[1] }]);
  });

  test('is not guessed beside another column of text, unless the adapter is named', async () => {
    const path = await fileOf({ query: 'Q', chosen: 'I do.', rejected: 'I do not.' });
    expect((await userErrorOf(() => readPairs(path))).message).toContain('expected the conversation in "prompt"');
    expect((await readPairs(path, { adapter: 'preference-implicit' })).pairs[0]).toMatchObject({
      chosen: '.',
      rejected: ' not.',
    });
  });

  test.each([
    ['A', 'B', 'found no common beginning'],
    ['Same.', 'Same.', 'are the same'],
    ['Q', 'Q and more', 'chosen is empty'],
  ])('of %j and %j is refused', async (chosen, rejected, why) => {
    expect((await userErrorOf(async () => readPairs(await fileOf({ chosen, rejected })))).message).toContain(why);
  });
});

const ANNOTATIONS = fileURLToPath(
  new URL('../../../../shared/data/alpaca_eval/alpaca-7b.annotations.json', import.meta.url),
);
const skip = existsSync(ANNOTATIONS) ? '' : ' (skipped: ../shared/data/alpaca_eval is absent)';

test.skipIf(skip)(`AlpacaEval's real annotations hold 802 pairs and 3 ties${skip}`, async () => {
  const { rows, good, reasons } = await validateRows(ANNOTATIONS, { as: 'pairs' });
  expect({ rows, good, reasons }).toEqual({ rows: 805, good: 802, reasons: { tie: 3 } });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { run } from 'nashtune';
import { loadTokenizer, readArrowFile, renderChat } from 'nashtune/datasets';
import { beforeAll, expect, test } from 'vitest';

import inpo from '../../recipes/inpo.ts';
import iterativeDpo from '../../recipes/iterative-dpo.ts';
import osp from '../../recipes/osp.ts';
import spin from '../../recipes/spin.ts';
import { startEngine } from '../../src/engine/index.ts';
import { recordedRounds, selfPlayFiles, SHORT, trainingSteps } from './selfPlayRun.ts';

/** Machines with other work to do. */
const PATIENT = { timeout: 300_000 };

beforeAll(async () => {
  await startEngine();
});

test('iterative-dpo trains on best against worst from the fixed base, round after round', PATIENT, async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  await run(iterativeDpo, { config: { ...SHORT, policy, data: { prompts } }, out });

  const judgments = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
  const pairs = await readArrowFile(join(out, 'round-01/pairs.arrow'), 'pairs');
  expect(pairs.length).toBeGreaterThan(3);
  for (const { prompt_id, chosen_sample_id, p_chosen, p_rejected } of pairs) {
    const rates = [0, 1, 2].map((k) => {
      const own = judgments.filter((row) => row.prompt_id === prompt_id);
      const wins = own.flatMap(({ i, j, p_i_beats_j: p }) => (i === k ? [p!] : j === k ? [1 - p!] : []));
      return wins.reduce((sum, p) => sum + p, 0.5) / 3;
    });
    expect(p_chosen).toBeCloseTo(Math.max(...rates), 6);
    expect(p_rejected).toBeCloseTo(Math.min(...rates), 6);
    expect(p_chosen).toBeGreaterThan(p_rejected);
    expect(chosen_sample_id).toBe(`${prompt_id}/1/${rates.indexOf(Math.max(...rates))}`);
  }

  const [first, second] = await recordedRounds(out);
  expect(second!.reference).toEqual({ policy: 'base', hash: first!.start });
  expect(second!.start).toBe(first!.policy);
  const steps = trainingSteps(out);
  expect(steps).toHaveLength(2);
  expect(steps[0]!.values['loss']).toBeCloseTo(Math.LN2, 5);
  // The policy has left the base by then.
  expect(Math.abs(steps[1]!.values['loss']! - Math.LN2)).toBeGreaterThan(1e-4);
});

test(
  'iterative-dpo takes any loss with its own step zero, and refuses one that it cannot feed before it starts',
  PATIENT,
  async () => {
    const { policy, prompts, out } = await selfPlayFiles();
    const config = { ...SHORT, rounds: 1, policy, data: { prompts } };
    await run(iterativeDpo, { config: { ...config, loss: 'ipo_sum', lossOptions: { beta: 0.25 } }, out });
    expect(trainingSteps(out)[0]!.values['loss']).toBeCloseTo(4, 3);

    const elsewhere = `${out}-refused`;
    const refused = (change: object): Promise<object> =>
      run(iterativeDpo, { config: { ...config, ...change }, out: elsewhere });
    await expect(refused({ loss: 'mnpo', lossOptions: { eta: 1, ratio: 0.5 } })).rejects.toThrow(/mnpo/);
    await expect(refused({ loss: 'step_apo' })).rejects.toThrow(/chosenValues \(scores\)/);
    await expect(refused({ lossOptions: { labelSmothing: 0.1 } })).rejects.toThrow(
      /labelSmothing.*It reads beta, labelSmoothing/,
    );
    await expect(refused({ lossOptions: { beta: -1 } })).rejects.toThrow(/beta must be a positive/);
    expect(existsSync(elsewhere)).toBe(false);
  },
);

test(
  'spin prefers human answers by their own tokens, keeps the last round, and changes beta from round to round',
  PATIENT,
  async () => {
    const { policy, prompts, out } = await selfPlayFiles();
    const config = {
      ...SHORT,
      policy,
      data: { responses: prompts },
      sampling: { ...SHORT.sampling, samples: 1 },
      loss: { name: 'spin_hinge' as const },
      perRound: { learningRate: [1e-3, 1e-9], beta: [0.1, 5] },
      train: { ...SHORT.train, batchSize: 16 },
    };
    await run(spin, { config, out });

    const tokenizer = await loadTokenizer(policy);
    const [first, second] = await recordedRounds(out);
    const answers = await readArrowFile(join(out, 'round-01/answers.arrow'), 'samples');
    const samples = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
    expect(answers.map(({ text }) => text)).toEqual([0, 1, 2, 3, 4, 5].map((i) => `Yes, ${i}.`));
    for (const { prompt_id, text, prompt_token_ids, token_ids, token_logps, policy_hash } of answers) {
      const sample = samples.find((row) => row.prompt_id === prompt_id)!;
      expect(prompt_token_ids).toEqual(sample.prompt_token_ids);
      const messages = [{ role: 'user' as const, content: `Question ${text[5]}?` }];
      const rendered = renderChat(tokenizer, messages, { addGenerationPrompt: true });
      expect(tokenizer.decode([...prompt_token_ids, ...token_ids])).toContain(`${rendered}${text}`.trim());
      expect(token_ids.at(-1)).toBe(tokenizer.eosTokenId);
      expect(token_logps.every((logp) => logp < 0)).toBe(true);
      expect(policy_hash).toBe(first!.start);
    }
    const pairs = await readArrowFile(join(out, 'round-02/pairs.arrow'), 'pairs');
    expect(pairs.map(({ chosen_sample_id }) => chosen_sample_id)).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `p${i}/2/answer-0`),
    );
    expect(pairs.map(({ rejected_sample_id }) => rejected_sample_id)).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `p${i}/2/0`),
    );

    expect(second!.reference).toEqual({ policy: 'previous', hash: first!.policy });
    expect(second!.measured['examples']).toBe(12);
    const steps = trainingSteps(out);
    // Hinge: 1 in both rounds, as each starts at its reference; the rewards are scaled by the round's beta.
    expect(steps.map(({ values }) => values['loss'])).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 4)]);
    expect(steps.map(({ values }) => values['learning_rate'])).toEqual([1e-3, 1e-9]);
  },
);

test('inpo measures from the base and the last iterate, on pairs of a tournament', PATIENT, async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  const loss = { eta: 0.1, tauOverEta: 0.25 };
  const config = { ...SHORT, policy, data: { prompts }, loss, sampling: { ...SHORT.sampling, samples: 4 } };
  await run(inpo, { config, out });

  const judgments = await readArrowFile(join(out, 'round-02/judgments.arrow'), 'judgments');
  const pairs = await readArrowFile(join(out, 'round-02/pairs.arrow'), 'pairs');
  expect(judgments.filter(({ prompt_id }) => prompt_id === 'p0').length).toBeLessThan(6);
  for (const { p_chosen_beats_rejected, provenance } of pairs) {
    expect(p_chosen_beats_rejected).toBeGreaterThan(0.5);
    expect(provenance).toBe('tournament');
  }

  const [first, second] = await recordedRounds(out);
  expect(second!.reference).toEqual({ policy: 'base', hash: first!.start });
  const steps = trainingSteps(out);
  expect(steps[0]!.values['loss']).toBeCloseTo(25, 3);
  // Round two: h = (tau/eta) (gap of the last iterate minus gap of the base), both from the file of log-probabilities.
  const logps = await readArrowFile(join(out, 'round-02/logps.arrow'), 'logps');
  const gap = (model: string, pair: string): number => {
    const of = (side: string): number =>
      logps.find((row) => row.model_hash === model && row.pair_id === pair && row.side === side)!.sum;
    return of('chosen') - of('rejected');
  };
  const losses = pairs.map(({ id }) => (0.25 * (gap(first!.policy, id) - gap(first!.start, id)) - 5) ** 2);
  expect(steps[1]!.values['loss']).toBeCloseTo(losses.reduce((sum, value) => sum + value, 0) / losses.length, 2);
});

test('osp trains on every ranked pair, with the strength that the policy itself tells', PATIENT, async () => {
  const { policy, prompts, out } = await selfPlayFiles({ max_position_embeddings: 160 });
  await run(osp, { config: { ...SHORT, rounds: 1, policy, data: { prompts }, question: 'pair-preference' }, out });

  const [only] = await recordedRounds(out);
  const judgments = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
  expect(new Set(judgments.map(({ judge_id }) => judge_id))).toEqual(new Set([`itself:${only!.start}`]));
  const pairs = await readArrowFile(join(out, 'round-01/pairs.arrow'), 'pairs');
  expect(pairs.length).toBeGreaterThan(6);
  const verdict = (prompt: string, a: number, b: number): number => {
    const found = judgments.find(
      ({ prompt_id, i, j }) => prompt_id === prompt && i === Math.min(a, b) && j === Math.max(a, b),
    );
    return a < b ? found!.p_i_beats_j! : 1 - found!.p_i_beats_j!;
  };
  for (const {
    prompt_id,
    chosen_sample_id,
    rejected_sample_id,
    p_chosen,
    p_rejected,
    p_chosen_beats_rejected,
  } of pairs) {
    const [a, b] = [chosen_sample_id, rejected_sample_id].map((id) => Number(id!.split('/').at(-1)));
    expect(p_chosen).toBeGreaterThan(p_rejected);
    expect(p_chosen_beats_rejected).toBeCloseTo(verdict(prompt_id, a!, b!), 6);
  }
  expect(only!.measured['examples']).toBe(pairs.length);
  expect(trainingSteps(out)[0]!.values['loss']).toBeCloseTo(Math.LN2, 5);
});

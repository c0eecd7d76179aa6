import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { writeArrowFile, type JudgmentRow, type PairRow, type PromptRow, type SampleRow } from 'nashtune/datasets';

import { randomStream } from '../../../src/base/seed.ts';
import { writeFileAtomic } from '../../../src/base/writeFileAtomic.ts';
import { preferenceMatrix } from '../../../src/judges/aggregate/preferenceMatrix.ts';
import { winRates } from '../../../src/judges/aggregate/winRates.ts';
import { MetricsLog } from '../../../src/loop/metricsLog.ts';
import { detailsText } from '../../../src/loop/report/detailsFile.ts';
import { openRunDirectory, type RunDirectory } from '../../../src/loop/runDirectory.ts';

const WORDS = ['water', 'the', 'fern', 'twice', 'a', 'week', 'and', 'give', 'it', 'shade', '<b>&amp;', 'ναί', '水'];
const K = 3;
const STEPS = 6;

export interface SmallRunOptions {
  /** Stage of round 2 after which the run was killed; default: it came to its end. */
  killedAfter?: 'samples' | 'judgments' | 'pairs';
  learningRate?: number;
}

/** Writes the folder of a run of two rounds with the library's own writers; a judge that likes long answers made it. */
export async function smallRun(
  path: string,
  { killedAfter, learningRate = 1e-4 }: SmallRunOptions = {},
): Promise<string> {
  const prompts = Array.from({ length: 6 }, (_, i): PromptRow => ({
    id: `p${i}`,
    messages: [{ role: 'user', content: `How do I keep plant ${i} alive?\n</script><script>alert(${i})</script>` }],
    source: 'test',
  }));
  const manifest = {
    recipe: 'small',
    config: { rounds: 2, train: { learningRate }, data: { prompts: 'prompts.jsonl' } },
    seeds: { seed: 1 },
    inputs: { policy: 'abc' },
    versions: { nashtune: '0.1.0', tensorflow: '2.21.0' },
  };
  const run = await openRunDirectory({ path, resume: false, manifest });
  const metrics = await MetricsLog.open(join(path, 'metrics.jsonl'));
  const timings = await MetricsLog.open(join(path, 'timings.jsonl'));
  await writeArrowFile(join(path, 'prompts.arrow'), 'prompts', prompts);
  metrics.append({ round: 0, stage: 'judge', values: { noisy: 0.8 } });
  await write(run, 1, 'baseline', draw(prompts, 'baseline', 1, 4));
  for (const round of [1, 2]) {
    timings.append({ round, stage: 'samples', values: { seconds: 1.5, peakRssMB: 900 } });
    const stop = round === 2 ? killedAfter : undefined;
    if (!(await stages(run, round, prompts, stop))) break;
    for (let step = 1; step <= STEPS; step++) {
      const at = (round - 1) * STEPS + step;
      const values = {
        loss: 0.7 - at / 40,
        grad_norm: 2 / at,
        'rewards/margins': at / 10,
        'rewards/accuracies': 0.5 + at / 30,
      };
      metrics.append({ round, stage: 'train', step: at, values: { ...values, learning_rate: learningRate } });
    }
    await mkdir(run.stagePath(round, 'checkpoint'));
    await write(run, round, 'evaluation', draw(prompts, `evaluation ${round}`, 1, 4 + 3 * round));
    const rate = 0.5 + round / 8;
    const values = {
      judgeWinRate: rate,
      low: rate - 0.1,
      high: rate + 0.1,
      klToBase: round / 2,
      answerTokens: 4 + 3 * round,
      pairs: 6,
    };
    metrics.append({ round, stage: 'evaluation', values });
    metrics.append({ round, stage: 'iterates', values: { 0: rate, '0/low': rate - 0.1, '0/high': rate + 0.1 } });
  }
  const details = { title: 'A small run', summary: 'Two rounds.', judge: { name: 'length' } };
  if (killedAfter === undefined) await writeFileAtomic(join(path, 'report.json'), detailsText(details, ['A note.']));
  for (const open of [metrics, timings, run]) await open.close();
  return path;
}

/** Samples, judges and pairs; false when the run was killed in between. */
async function stages(
  run: RunDirectory,
  round: number,
  prompts: PromptRow[],
  stop: SmallRunOptions['killedAfter'],
): Promise<boolean> {
  const samples = draw(prompts, `samples ${round}`, K, 2 + 3 * round);
  await write(run, round, 'samples', samples);
  if (stop === 'samples') return false;
  const judgments = prompts.flatMap(({ id }) => judge(samples.filter((row) => row.prompt_id === id)));
  await writeArrowFile(run.stagePath(round, 'judgments.arrow'), 'judgments', judgments);
  if (stop === 'judgments') return false;
  const pairs = prompts.map((prompt) => pair(prompt, round, samples, judgments));
  await writeArrowFile(run.stagePath(round, 'pairs.arrow'), 'pairs', pairs);
  return stop !== 'pairs';
}

async function write(run: RunDirectory, round: number, name: string, rows: SampleRow[]): Promise<void> {
  await mkdir(run.round(round), { recursive: true });
  await writeArrowFile(run.stagePath(round, `${name}.arrow`), 'samples', rows);
}

function draw(prompts: readonly PromptRow[], stage: string, count: number, words: number): SampleRow[] {
  return prompts.flatMap(({ id }) =>
    Array.from({ length: count }, (_, k): SampleRow => {
      const random = randomStream(1, stage, id, k);
      const tokens = Array.from({ length: words + k }, () => Math.floor(random.uniform() * WORDS.length));
      return {
        id: `${id}/${stage}/${k}`,
        prompt_id: id,
        k,
        text: tokens.map((token) => WORDS[token]).join(' '),
        prompt_token_ids: [1],
        token_ids: tokens,
        token_logps: tokens.map(() => -1),
        finish_reason: 'stop',
        policy_hash: 'abc',
        sampler: 'test',
      };
    }),
  );
}

function judge(answers: readonly SampleRow[]): JudgmentRow[] {
  return answers.flatMap((a) =>
    answers
      .filter((b) => b.k > a.k)
      .map((b): JudgmentRow => {
        const p = 1 / (1 + Math.exp((b.text.length - a.text.length) / 10));
        return { prompt_id: a.prompt_id, i: a.k, j: b.k, p_i_beats_j: p, error: null, judge_id: 'length', raw: null };
      }),
  );
}

function pair(
  prompt: PromptRow,
  round: number,
  samples: readonly SampleRow[],
  judgments: readonly JudgmentRow[],
): PairRow {
  const answers = samples.filter((row) => row.prompt_id === prompt.id);
  const verdicts = judgments
    .filter((row) => row.prompt_id === prompt.id)
    .map(({ i, j, p_i_beats_j: p }) => ({ i, j, pFirst: p! }));
  const matrix = preferenceMatrix(K, verdicts);
  const rates = winRates(matrix).map((rate) => rate!);
  const [best, worst] = [rates.indexOf(Math.max(...rates)), rates.indexOf(Math.min(...rates))];
  return {
    id: `${prompt.id}/${round}`,
    prompt_id: prompt.id,
    prompt: prompt.messages,
    chosen: answers[best]!.text,
    rejected: answers[worst]!.text,
    chosen_sample_id: answers[best]!.id,
    rejected_sample_id: answers[worst]!.id,
    p_chosen: rates[best]!,
    p_rejected: rates[worst]!,
    p_chosen_beats_rejected: matrix[best]![worst]!,
    weight: 1,
    round,
    provenance: 'test',
  };
}

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, expect, test } from 'vitest';

import { readArrowTable, writeArrowFile } from '../../../../datasets/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { launchChromium } from '../../../loop/report/launchChromium.ts';
import { runMain } from '../../runMain.ts';
import { saveTinyModel } from '../../../bench/saveTinyModel.ts';
import { jsonLines } from './jsonLines.ts';
import { outputsFile } from './outputFiles.ts';
import { sampleFiles } from './sampleFiles.ts';

const LONG = 'exactly this many letters';
const browser = await launchChromium();
afterAll(() => browser?.close());

async function jsonOf<Figures = Record<string, number>>(argv: readonly string[]): Promise<Figures> {
  const { exitCode, stdout, stderr } = await runMain(['bench', ...argv, '--json']);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Figures;
}

async function failureOf(argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runMain(['bench', ...argv]);
  expect(exitCode, stdout).toBe(2);
  return stderr;
}

/** Opens a page in the light and the dark: nothing is said or asked for, and it has plots that hold no NaN. */
async function opensCleanly(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  expect(text).toContain('<figure');
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser?.newPage({ colorScheme });
    if (!page) return;
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    const url = pathToFileURL(path).href;
    page.on('request', (request) => {
      if (request.url() !== url && request.url() !== 'data:,') faults.push(request.url());
    });
    await page.goto(url);
    expect(await page.locator('figure svg').count()).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await page.close();
  }
}

test('win-rate: swapping the two files gives one minus the win rate', async () => {
  const folder = await temporaryFolder();
  const a = await outputsFile(folder, 'a', [LONG, LONG, 'x', 'y', LONG]);
  const b = await outputsFile(folder, 'b', ['x', LONG, LONG, 'y', 'z']);
  const html = join(folder, 'page.html');
  const rate = (outputs: string, reference: string, out: string): Promise<Record<string, number>> => {
    const files = ['--outputs', outputs, '--reference', reference, '--out', join(folder, out), '--html', html];
    return jsonOf(['win-rate', ...files, '--judge', 'verifier:length:20-30']);
  };
  const [there, back] = [await rate(a, b, 'there'), await rate(b, a, 'back')];
  expect(there).toMatchObject({ n_wins: 2, n_wins_base: 1, n_draws: 2, n_total: 5, model: 'a', baseline: 'b' });
  expect(there['win_rate']! + back['win_rate']!).toBeCloseTo(100, 9);
  await opensCleanly(html);
});

test('win-rate: outputs without a reference are a wrong command line', async () => {
  expect(await failureOf(['win-rate', '--outputs', 'a.json'])).toContain('--outputs, --reference and --out');
});

test('alpaca-eval and games write pages', async () => {
  const folder = await temporaryFolder();
  const rows = Array.from({ length: 12 }, (_, at) => ({
    instruction: `question ${at}`,
    output_1: 'the baseline says this',
    generator_1: 'base',
    output_2: 'x'.repeat(at + 1),
    generator_2: 'mine',
    preference: [1, 1.5, 2][at % 3],
  }));
  const [annotations, page] = [join(folder, 'annotations.json'), join(folder, 'page.html')];
  await writeFile(annotations, JSON.stringify(rows));
  await jsonOf(['alpaca-eval', '--annotations', annotations, '--lc', 'minimal', '--html', page]);
  await opensCleanly(page);
  await jsonOf(['games', '--game', 'cyclic', '--rounds', '30', '--html', page]);
  await opensCleanly(page);
});

function row(model: string, uid: number, scores: (string | null)[]) {
  return { uid: `q${uid}`, model, judge: 'j', baseline: 'base', games: scores.map((score) => ({ score })) };
}

test('arena-hard: judgments of two models with style control', async () => {
  const folder = await temporaryFolder();
  const rows = Array.from({ length: 12 }, (_, at) => [
    row('good', at, at % 3 === 0 ? ['A>B', 'B>A'] : ['B>>A', 'A>B']),
    row('bad', at, at % 4 === 0 ? [null, 'A=B'] : ['A>B', 'B>>A']),
  ]).flat();
  const answers = ['good', 'bad', 'base'].flatMap((model) =>
    Array.from({ length: 12 }, (_, at) => {
      return { uid: `q${at}`, model, messages: [{ role: 'assistant', content: `# ${model}\n${'- a '.repeat(at)}` }] };
    }),
  );
  const judgments = await jsonLines(folder, 'judgments.jsonl', rows);
  const html = join(folder, 'page.html');
  const argv = ['arena-hard', '--judgments', judgments, '--html', html];
  const figures = await jsonOf<{ rows: { model: string; score: number }[]; warnings: string[] }>([
    ...argv,
    '--answers',
    await jsonLines(folder, 'answers.jsonl', answers),
  ]);
  expect(figures.rows.map(({ model }) => model)).toEqual(['good', 'bad']);
  expect(figures.rows[0]!.score).toBeCloseTo(32 / 40, 9);
  expect(figures.warnings).toEqual(['3 of 48 games have no verdict and count nowhere']);
  await opensCleanly(html);
  const twice = await jsonLines(folder, 'twice.jsonl', [...rows, rows[0]!, { ...rows[1], judge: 'k', uid: 'z' }]);
  const told = await failureOf(['arena-hard', '--judgments', twice]);
  expect(told).toContain('is judged on prompt "q0" a second time');
  expect(told).toContain('several judges: "j" in 25 rows, "k" in 1 rows');
  const mixed = await jsonLines(folder, 'mixed.jsonl', [...rows, { ...rows[0], baseline: 'other', uid: 'z' }]);
  expect(await failureOf(['arena-hard', '--judgments', mixed])).toContain('2 against "other"');
});

test('arena-hard: outputs judged now', async () => {
  const folder = await temporaryFolder();
  const a = await outputsFile(folder, 'a', [LONG, LONG, 'x', 'y']);
  const b = await outputsFile(folder, 'b', ['x', LONG, LONG, 'z']);
  const files = ['--outputs', a, '--reference', b, '--out', join(folder, 'out')];
  const figures = await jsonOf<{ rows: object[] }>(['arena-hard', ...files, '--judge', 'verifier:length:20-30']);
  expect(figures.rows).toMatchObject([{ model: 'a', battles: 4, score: 0.5 }]);
});

test('best-of-n, rerank and self-correct read samples, prompts and right answers', async () => {
  const folder = await temporaryFolder();
  const samples = await sampleFiles(folder, 'samples.arrow', [
    ['0', '1', '0'],
    ['7', '7', 'it is 2'],
  ]);
  const [prompts, html] = [join(folder, 'prompts.jsonl'), join(folder, 'page.html')];
  const known = ['--prompts', prompts, '--html', html];
  const right = ['--references', join(folder, 'right.jsonl')];
  const curve = await jsonOf<{ points: { value: number }[] }>([
    'best-of-n',
    '--samples',
    samples,
    ...known,
    ...right,
    '--judge',
    'verifier:length:5-20',
    '--gold',
    'verifier:numeric',
  ]);
  // The long answer is right, and chosen where it is among the n; of the first prompt all are alike to the judge.
  [2 / 3 + 1 / 3, 2 / 3 + 2 / 3, 2 / 3 + 1].forEach((sum, at) =>
    expect(curve.points[at]!.value).toBeCloseTo(sum / 2, 9),
  );
  await opensCleanly(html);
  const judge = ['--judge', 'verifier:length:5-20'];
  const figures = await jsonOf(['rerank', '--samples', samples, ...known, ...right, ...judge]);
  expect(figures).toMatchObject({ prompts: 2, passAt1: 0.5, majority: 0.5, passAtK: 1, self: null, warnings: [] });
  expect(figures['judge']).toBeCloseTo((2 / 3 + 1) / 2, 9);
  await opensCleanly(html);
  const after = await sampleFiles(folder, 'after.arrow', [
    ['0', '0', '1'],
    ['7', '2', '2'],
  ]);
  const files = ['--before', samples, '--after', after];
  const corrected = await jsonOf(['self-correct', ...files, ...known, ...right]);
  expect(corrected).toMatchObject({ prompts: 6, accuracyBefore: 0.5, fixed: 2, broken: 1 });
  expect(corrected['confidence']).toBeCloseTo(2 / 3, 9);
  // Of two prompts, one has two right of three before, the other one.
  expect(corrected['intervals']).toMatchObject({ accuracyBefore: [1 / 3, 2 / 3] });
  await opensCleanly(html);
  const fewer = await sampleFiles(folder, 'fewer.arrow', [['0', '0', '1'], ['7']]);
  const unlike = await failureOf(['self-correct', '--before', samples, '--after', fewer, ...known, ...right]);
  expect(unlike).toContain('found 2 without the other');
  const noFolder = ['rerank', '--samples', samples, ...known, ...right, '--store', prompts];
  expect(await failureOf(noFolder)).toContain('it is a file. Choose another folder');
  const noVerifier = ['rerank', '--samples', samples, ...known, '--check', 'default'];
  expect(await failureOf(noVerifier)).toContain('expected a judge that tells right answers from wrong ones');
});

test('mt-bench: grades and pairs, with what failed told and no error averaged', async () => {
  const folder = await temporaryFolder();
  const grades = [
    { question_id: 81, model: 'a', score: 8, turn: 1 },
    { question_id: 81, model: 'a', score: 6, turn: 2 },
    { question_id: 111, model: 'a', score: -1, turn: 1 },
    { question_id: 81, model: 'b', score: 9.5, turn: 1 },
  ];
  const names = { model_1: 'a', model_2: 'b' };
  const pairs = [
    { question_id: 81, ...names, g1_winner: 'model_1', g2_winner: 'model_1', turn: 1 },
    { question_id: 82, ...names, g1_winner: 'model_1', g2_winner: 'model_2', turn: 1 },
    { question_id: 83, ...names, g1_winner: 'model_2', g2_winner: 'model_2', turn: 1 },
    { question_id: 84, ...names, g1_winner: 'model_2', g2_winner: 'model_2', turn: 1 },
    { question_id: 85, ...names, g1_winner: 'error', g2_winner: 'model_2', turn: 1 },
  ];
  const [single, pair] = [await jsonLines(folder, 's.jsonl', grades), await jsonLines(folder, 'p.jsonl', pairs)];
  const html = join(folder, 'page.html');
  const figures = await jsonOf<object>(['mt-bench', '--judgments', single, '--judgments', pair, '--html', html]);
  expect(figures).toMatchObject({
    single: [
      { model: 'b', score: 9.5, graded: 1, failed: 0 },
      { model: 'a', score: 7, turns: [8, 6], categories: { writing: 7 }, graded: 2, failed: 1 },
    ],
    pairs: [
      { model: 'b', wins: 2, ties: 1, losses: 1, winRate: 0.625, failed: 1 },
      { model: 'a', wins: 1, ties: 1, losses: 2, winRate: 0.375, failed: 1 },
    ],
    warnings: ['2 of 9 judgments have no grade and count nowhere'],
  });
  await opensCleanly(html);
  const twice = await jsonLines(folder, 't.jsonl', [...grades, grades[0]!, { question_id: 'x' }]);
  const told = await failureOf(['mt-bench', '--judgments', twice]);
  expect(told).toContain('question 81, turn 1 of a a second time');
  expect(told).toContain('line 6: question_id');
});

test('mt-bench: both turns of answers graded now', async () => {
  const folder = await temporaryFolder();
  const questions = await jsonLines(folder, 'q.jsonl', [{ question_id: 81, category: 'writing', turns: ['x?', 'y?'] }]);
  const answers = await jsonLines(folder, 'a.jsonl', [
    { question_id: 81, model_id: 'mine', choices: [{ index: 0, turns: [LONG, 'z'] }] },
  ]);
  const judge = join(folder, 'judge.mjs');
  await writeFile(judge, 'export default (answer, { messages }) => (answer.length > 9 ? 9 : messages.length - 1);');
  const argv = ['mt-bench', '--questions', questions, '--answers', answers, '--judge'];
  const { single } = await jsonOf<{ single: object[] }>([...argv, judge]);
  expect(single).toMatchObject([{ model: 'mine', score: 5.5, turns: [9, 2], categories: { writing: 5.5 } }]);
  expect(await failureOf([...argv, 'verifier:length:9-30'])).toContain('is no grade from 1 to 10');
});

test('contamination: a score in [0, 1] for each prompt, and the same prompts as unseen give an area of one half', async () => {
  const folder = await temporaryFolder();
  const prompts = await jsonLines(
    folder,
    'prompts.jsonl',
    ['red', 'blue', 'green'].map((colour) => ({ id: colour, prompt: `What is ${colour}?` })),
  );
  await saveTinyModel(join(folder, 'model'), 256);
  const html = join(folder, 'page.html');
  const files = ['--prompts', prompts, '--unseen', prompts, '--html', html];
  const store = join(folder, 'answers');
  const argv = [
    'contamination',
    '--policy',
    join(folder, 'model'),
    '--precision',
    'fp32',
    ...files,
    '--max-new-tokens',
    '12',
  ];
  const figures = await jsonOf<{ prompts: { id: string; score: number }[]; auc: number; aucInterval: number[] }>([
    ...argv,
    '--store',
    store,
  ]);
  expect(figures.prompts.map(({ id }) => id).toSorted()).toEqual(['blue', 'green', 'red']);
  for (const { score } of figures.prompts) expect(Math.abs(score - 0.5)).toBeLessThanOrEqual(0.5);
  expect(figures.auc).toBeCloseTo(0.5, 9);
  expect(figures.aucInterval[0]! + figures.aucInterval[1]!).toBeCloseTo(1, 9);
  await opensCleanly(html);
  // Half of the answers are there: the rest is drawn, and the figures are the same.
  const path = join(store, 'prompts-first-answers.arrow');
  const { rows, metadata } = await readArrowTable(path, 'samples');
  expect(rows.map(({ id }) => id)).toEqual(['red/0', 'blue/0', 'green/0']);
  await writeArrowFile(path, 'samples', rows.slice(0, 1), { metadata });
  await rm(join(store, 'prompts-different-answers.arrow'));
  expect(await jsonOf([...argv, '--store', store])).toEqual(figures);
  expect(await readArrowTable(path, 'samples')).toMatchObject({ rows });
  const longer = [...argv.slice(0, -1), '13', '--store', store];
  expect(await failureOf(longer)).toContain('maxNewTokens: now "13", there "12"');
  expect(await failureOf([...argv, '--store', prompts])).toContain('it is a file. Choose another folder');
}, 30_000);

test('win-rate: failed annotations widen no interval, and versions that are mixed are told', async () => {
  const folder = await temporaryFolder();
  const names = { output_1: 'a', generator_1: 'base', output_2: 'b', generator_2: 'mine', annotator: 'j' };
  const rows = [1, 2, null, null, null].map((preference, at) => {
    return { instruction: `q ${at}`, ...names, preference, preference_version: at === 0 ? '0.6.1' : '0.6.6' };
  });
  const annotations = join(folder, 'annotations.json');
  await writeFile(annotations, JSON.stringify(rows));
  const figures = await jsonOf<{ warnings: string[]; win_rate: number; intervals: { win_rate: number[] } }>([
    'win-rate',
    '--annotations',
    annotations,
  ]);
  expect(figures).toMatchObject({ win_rate: 50, intervals: { win_rate: [0, 100] } });
  expect(figures.warnings).toEqual([
    expect.stringContaining('"0.6.1" in 1 rows, "0.6.6" in 4 rows'),
    '3 of 5 annotations failed and count nowhere',
  ]);
});

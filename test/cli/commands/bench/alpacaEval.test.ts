import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

const shared = (name: string): string => fileURLToPath(new URL(`../../../../../shared/${name}`, import.meta.url));
const real = shared('data/alpaca_eval/alpaca-7b.annotations.json');
const prior = shared('vectors/lc_prior.json');
const skip = [real, prior].every((path) => existsSync(path)) ? '' : ` (${real} and ${prior} are not here)`;

test.skipIf(skip)(`--json holds the keys of leaderboard.csv with the published figures${skip}`, async () => {
  const argv = ['bench', 'alpaca-eval', '--annotations', real, '--lc-prior', prior, '--json'];
  const { exitCode, stdout } = await runMain(argv);
  expect(exitCode).toBe(0);
  const figures = JSON.parse(stdout) as Record<string, number>;
  expect(figures).toMatchObject({ n_wins: 17, n_wins_base: 785, n_draws: 3, n_total: 805, avg_length: 396 });
  expect(figures['win_rate']).toBeCloseTo(2.591450540223603, 9);
  expect(Math.abs(figures['length_controlled_winrate']! - 5.875487163278986)).toBeLessThan(0.01);
});

async function annotationsOf(model: string, preferences: readonly (number | null)[]): Promise<string> {
  const path = join(await temporaryFolder(), `${model}.json`);
  const rows = preferences.map((preference, at) => ({
    instruction: `question ${at}`,
    output_1: 'the baseline says this',
    generator_1: 'base',
    output_2: 'x'.repeat(at + 1),
    generator_2: model,
    preference,
  }));
  await writeFile(path, JSON.stringify(rows));
  return path;
}

test('a model is shown among those of a leaderboard, and written with them', async () => {
  const folder = await temporaryFolder();
  const board = join(folder, 'published.csv');
  await writeFile(
    board,
    ',win_rate,avg_length,length_controlled_winrate\nstrong,60.5,900,61.25\nmine,1,1,\nweak,10,100,12.5\n',
  );
  const annotations = await annotationsOf('mine', [2, 1, 1.5, null]);
  const argv = ['bench', 'alpaca-eval', '--annotations', annotations, '--leaderboard', board, '--out', folder];
  const { exitCode, stdout, stderr } = await runMain(argv);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('warning: 1 of 4 annotations failed and count nowhere');
  expect(stdout).toContain('mine against base, by an unnamed annotator');
  expect(stdout).toMatch(/win rate +50\.00% \(95%: /);
  const lines = stdout.trimEnd().split('\n').slice(-4);
  expect(lines.map((line) => line.split(/ +/)[0])).toEqual(['model', 'strong', 'weak', 'mine']);
  const written = (await readFile(join(folder, 'leaderboard.csv'), 'utf8')).split('\n');
  expect(written[0]).toMatch(/^,win_rate,standard_error,/);
  expect(written.find((line) => line.startsWith('mine,'))).toMatch(
    /^mine,50,28\.8675134594\d*,1,1,1,3,50,community,2,,$/,
  );
  expect(written.filter((line) => line.startsWith('mine,'))).toHaveLength(1);
});

test('two models are compared on the prompts they share', async () => {
  const [a, b] = [await annotationsOf('a', [2, 2, 2, 2, 2, 2, 2, 2]), await annotationsOf('b', [1, 1, 1, 1, 1, 1, 1])];
  const { stdout } = await runMain(['bench', 'alpaca-eval', '--annotations', a, '--compare', b]);
  expect(stdout).toMatch(
    /a less b: 100\.00 points \(95%: 100\.00 to 100\.00\), p = 0\.01\d* on 7 shared prompts, 1 left out/,
  );
});

test('length control of the leaderboard without its prior is refused with a way out', async () => {
  const argv = ['bench', 'alpaca-eval', '--annotations', await annotationsOf('a', [2, 1]), '--lc', 'v1'];
  const { exitCode, stderr } = await runMain(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('needs the prior of an evaluation set of at least 2 rows, found none');
});

test('outputs are judged, kept, and not judged again', async () => {
  const folder = await temporaryFolder();
  const write = async (name: string, rows: object[]): Promise<string> => {
    const path = join(folder, `${name}.json`);
    await writeFile(path, JSON.stringify(rows));
    return path;
  };
  const reference = await write(
    'base',
    [1, 2, 3].map((at) => ({ instruction: `question ${at}`, output: 'base', generator: 'base', dataset: 'koala' })),
  );
  const mine = ['four letters', 'base', ''].map((output, at) => ({ instruction: `question ${at + 1}`, output }));
  const out = join(folder, 'eval');
  const argv = [
    'bench',
    'alpaca-eval',
    '--reference',
    reference,
    '--judge',
    'verifier:length:5-20',
    '--out',
    out,
    '--json',
  ];
  const first = await runMain([...argv, '--outputs', await write('mine', mine.slice(0, 2))]);
  expect(first.exitCode).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject({ model: 'mine', n_wins: 1, n_draws: 1, n_total: 2 });
  const again = await runMain([...argv, '--outputs', await write('mine', mine)]);
  const figures = JSON.parse(again.stdout) as { warnings: string[]; n_total: number; annotator: string };
  expect(figures).toMatchObject({ n_total: 3, warnings: [] });
  const kept = JSON.parse(await readFile(join(out, 'annotations.json'), 'utf8')) as Record<string, unknown>[];
  expect(kept.map(({ output_2 }) => output_2)).toEqual(['four letters', 'base', '']);
  expect(kept[0]).toMatchObject({ generator_1: 'base', generator_2: 'mine', annotator: figures.annotator });
});

test('neither annotations nor outputs, and both, are wrong command lines', async () => {
  expect((await runMain(['bench', 'alpaca-eval'])).stderr).toContain('Expected --annotations alone');
  const both = ['bench', 'alpaca-eval', '--annotations', 'a.json', '--outputs', 'o.json'];
  expect((await runMain(both)).stderr).toContain('Expected --annotations alone');
});

test('the prior may be AlpacaEval’s own tables', async () => {
  const folder = await temporaryFolder();
  const [gamed, difficulty] = [join(folder, 'df_gamed.csv'), join(folder, 'instruction_difficulty.csv')];
  const rows = Array.from({ length: 12 }, (_, at) => at);
  const ofModel = (model: string, preference: number, sign: number): string[] =>
    rows.map((at) => `${model},${preference},${at},${sign * (0.5 + at / 12)},${at / 6 - 1},False`);
  const lines = [...ofModel('verbose', 0.625, -1), ...ofModel('concise', 0.25, 1)];
  const header = 'model,preference,index,std_delta_len,instruction_difficulty,not_gamed_baseline';
  await writeFile(gamed, [header, ...lines, ''].join('\n'));
  await writeFile(difficulty, [',instruction_difficulty', ...rows.map((at) => `${at},${at / 6 - 1}`), ''].join('\n'));
  const annotations = await annotationsOf(
    'mine',
    rows.map((at) => 1 + (at % 3) / 2),
  );
  const argv = ['bench', 'alpaca-eval', '--annotations', annotations, '--json', '--lc-prior'];
  const both = await runMain([...argv, gamed, difficulty]);
  expect(both.exitCode).toBe(0);
  expect(JSON.parse(both.stdout)).toMatchObject({
    length_controlled_winrate: expect.any(Number) as number,
    lengthControl: { method: 'v1' },
    warnings: [expect.stringContaining('does not tell the baseline’s lengths') as string],
  });
  expect((await runMain([...argv, difficulty])).exitCode).toBe(2);
});

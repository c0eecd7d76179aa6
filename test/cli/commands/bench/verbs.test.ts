import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, expect, test } from 'vitest';

import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { launchChromium } from '../../../loop/report/launchChromium.ts';
import { runMain } from '../../runMain.ts';
import { outputsFile } from './outputFiles.ts';

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

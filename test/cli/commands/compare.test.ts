import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { smallRun } from '../../loop/report/smallRun.ts';
import { runMain } from '../runMain.ts';

/** Two runs that differ in their learning rate, the second killed in its second round. */
async function twoRuns(): Promise<{ folder: string; whole: string; killed: string }> {
  const folder = await temporaryFolder();
  const whole = await smallRun(join(folder, 'whole'));
  const killed = await smallRun(join(folder, 'killed'), { killedAfter: 'pairs', learningRate: 3e-4 });
  return { folder, whole, killed };
}

test('compare shows what differs, the last rounds and all rounds side by side', async () => {
  const { whole, killed } = await twoRuns();
  const { exitCode, stdout } = await runMain(['compare', whole, killed]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "What differs
                        whole   killed
    train.learningRate  0.0001  0.0003

    Last round
                           whole                 killed
    round                  2                     1
    finished               yes                   no
    Judged win rate (95%)  75.0% (65.0 to 85.0)  62.5% (52.5 to 72.5)
    KL, nats               1                     0.5
    Tokens                 10                    7
    Pairs                  6                     6
    Entropy                1                     1
    Length to base         2.5                   1.75
    To round before        1.43                  –
    Mean loss              0.462                 0.612

    Round by round
    Round                         whole                 killed
    1      Judged win rate (95%)  62.5% (52.5 to 72.5)  62.5% (52.5 to 72.5)
    1      KL, nats               0.5                   0.5
    1      Tokens                 7                     7
    1      Pairs                  6                     6
    1      Entropy                1                     1
    1      Length to base         1.75                  1.75
    1      Mean loss              0.612                 0.612
    2      Judged win rate (95%)  75.0% (65.0 to 85.0)  –
    2      KL, nats               1                     –
    2      Tokens                 10                    –
    2      Pairs                  6                     –
    2      Entropy                1                     –
    2      Length to base         2.5                   –
    2      To round before        1.43                  –
    2      Mean loss              0.462                 –
    "
  `);
});

test('the figures go to a program, and the curves to a page', async () => {
  const { folder, whole, killed } = await twoRuns();
  const html = join(folder, 'compare.html');
  const { exitCode, stdout } = await runMain(['compare', whole, killed, '--html', html, '--json']);
  expect(exitCode).toBe(0);
  const result = JSON.parse(stdout) as { runs: { rounds: unknown[] }[] };
  expect(result).toMatchObject({
    runs: [
      { name: 'whole', recipe: 'small', finished: true },
      { name: 'killed', recipe: 'small', finished: false },
    ],
    differences: [{ key: 'config.train.learningRate', values: [1e-4, 3e-4] }],
    html,
  });
  expect(result.runs.map(({ rounds }) => rounds.length)).toEqual([2, 1]);
  const page = await readFile(html, 'utf8');
  const titles = [...page.matchAll(/<figcaption><strong>([^<]*)/g)].map(([, title]) => title);
  expect(titles).toEqual(expect.arrayContaining(['Judged win rate against the base', 'KL to the base policy', 'Loss']));
  const loss = page.split('<figure').find((figure) => figure.includes('<strong>Loss</strong>'))!;
  expect(loss.match(/<path class="line s[01]" d="M[^"]*L/g)).toHaveLength(2);
});

test('a page that is there already is not written over', async () => {
  const { folder, whole, killed } = await twoRuns();
  await writeFile(join(folder, 'mine.html'), 'mine');
  const { exitCode, stderr } = await runMain(['compare', whole, killed, '--html', join(folder, 'mine.html')]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('mine.html" exists');
  expect(await readFile(join(folder, 'mine.html'), 'utf8')).toBe('mine');
});

test('one run, the same run twice and a folder without one are refused', async () => {
  const { folder, whole } = await twoRuns();
  const before = await readdir(folder);
  const html = ['--html', join(folder, 'compare.html')];
  expect((await runMain(['compare', whole, ...html])).stderr).toContain(
    'Expected folders of two runs or more, found 1.',
  );
  expect((await runMain(['compare', whole, `${whole}/.`, ...html])).stderr).toContain('twice');
  expect((await runMain(['compare', whole, join(folder, 'none'), ...html])).stderr).toContain('found nothing at');
  expect(await readdir(folder)).toEqual(before);
});

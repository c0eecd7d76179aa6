import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { NamedJudgeResult } from '../../../bench/judge/judgeTable.ts';
import { completion, startApiServer } from '../../judges/llm/apiServer.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { runMain } from '../runMain.ts';

const results = (stdout: string): NamedJudgeResult[] => (JSON.parse(stdout) as { judges: NamedJudgeResult[] }).judges;

test('the shipped judge, a check and a model behind an API stand beside each other', async () => {
  // Always for the first place, whatever stands there.
  const { baseURL, questions } = await startApiServer(() => completion('m', { m: Math.log(0.8), M: Math.log(0.2) }));
  const html = join(await temporaryFolder(), 'judges.html');
  const judges = ['default', 'verifier:length:1000-', 'openai:tiny'].flatMap((judge) => ['--judge', judge]);
  const argv = ['bench', 'judge', ...judges, '--base-url', baseURL, '--limit', '24', '--again', '6', '--html', html];
  const { exitCode, stdout } = await runMain([...argv, '--json']);
  expect(exitCode).toBe(0);
  const [shipped, length, model] = results(stdout);
  expect(shipped!.overall.accuracy).toBeGreaterThan(0.85);
  expect(shipped).toMatchObject({ position: null, consistency: { pairs: 6, agreement: 1 } });
  expect(Object.keys(shipped!.subsets)).toEqual(['onTopic', 'complete', 'polite', 'concise', 'noRepetition', 'mixed']);
  expect(length!.length.longerPreferred).toBeGreaterThan(0.9);
  expect(model!.overall).toMatchObject({ ties: 24, failed: 0, accuracy: 0 });
  expect(model!.position!.bias).toBeCloseTo(0.3, 9);
  expect(model!.position!.flips).toBe(1);
  expect(model!.cost).toMatchObject({ promptTokens: 600, completionTokens: 120 });
  expect(questions).toHaveLength(2 * (24 + 6));

  const page = await readFile(html, 'utf8');
  expect(page.match(/<svg viewBox="0 0 480/g)).toHaveLength(3);
  expect(page).toContain('<th scope="row">calibration error</th>');
  expect(page).not.toMatch(/<script|src=|href="http/);
});

test("RewardBench's rows give its sections, and several rejected answers the best of them", async () => {
  const path = join(await temporaryFolder(), 'rewardbench.jsonl');
  const prompt = 'Say thanks.';
  const rows = [
    { prompt, subset: 'alpacaeval-easy', chosen: 'Thank you very much.', rejected: 'No.' },
    { prompt, subset: 'donotanswer', chosen: 'No.', rejected: 'Thank you.' },
    { prompt, subset: 'Focus', chosen: 'Many thanks to you all.', rejected: ['No.', 'Thanks.', 'Well, thanks.'] },
  ];
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  const argv = ['bench', 'judge', '--judge', 'verifier:length:1000-', '--data', path];
  const [result] = results((await runMain([...argv, '--json'])).stdout);
  expect(result!.rewardBench!.strict).toEqual({ sections: { Chat: 1, Safety: 0 }, overall: null });
  expect(result!.bestOf).toEqual({ Focus: { prompts: 1, score: 1 } });
  const { stdout } = await runMain(argv);
  expect(stdout).toMatch(/^5 pairs\n {2,}verifier:length:1000-\naccuracy +80\.0%\n/);
  expect(stdout).toMatch(/ {2}Chat +100\.0%\n {2}Safety +0\.0%\n/);
});

test('with a store a second run asks nothing, and the second asking of the first run did not read its first', async () => {
  let asked = 0;
  const { baseURL, questions } = await startApiServer(() => {
    asked += 1;
    // The same answer is better in the first asking of 4 pairs in 2 orders, and the other one in the second.
    return completion('m', { m: Math.log(asked <= 8 ? 0.8 : 0.2), M: Math.log(asked <= 8 ? 0.2 : 0.8) });
  });
  const store = join(await temporaryFolder(), 'store');
  const argv = ['bench', 'judge', '--judge', 'openai:tiny', '--base-url', baseURL, '--store', store, '--json'];
  const run = async () => results((await runMain([...argv, '--limit', '4', '--again', '2'])).stdout)[0]!;
  const first = await run();
  expect(questions).toHaveLength(2 * (4 + 2));
  expect(first.secondsPerPair).toBeGreaterThan(0);
  expect(first.cost.promptTokens).toBe(120);
  const second = await run();
  expect(questions).toHaveLength(2 * (4 + 2));
  expect(second).toEqual({ ...first, secondsPerPair: null, cost: { seconds: 0 } });
});

const tiesRow = (id: string, chosen: string[]) => ({
  id,
  prompt: 'Name a colour.',
  subset: 'Ties',
  chosen,
  rejected: ['Seven', 'Dog'],
});
const blues = (count: number): string => Array.from({ length: count }, () => 'blue').join(' ');

test("a judge that scores gets RewardBench 2's score of Ties, one that compares does not", async () => {
  const path = join(await temporaryFolder(), 'rewardbench2.jsonl');
  const rows = [
    // Scores are lengths, 1 of the wrong ones. Here all right ones win by more than they differ.
    tiesRow('ref:0', [blues(6)]),
    tiesRow('tied:0', [blues(5), blues(6), blues(7)]),
    // The right ones win, but differ by more.
    tiesRow('ref:1', [blues(9)]),
    tiesRow('tied:1', [blues(2), blues(9)]),
    // Without its reference.
    tiesRow('tied:2', [blues(2), blues(9)]),
  ];
  await writeFile(path, rows.map((line) => JSON.stringify(line)).join('\n'));
  const { baseURL, questions } = await startApiServer(({ messages }) => {
    const text = messages.map(({ content }) => content).join('\n');
    return completion(`[[${Math.max(1, text.match(/blue/g)?.length ?? 0)}]]`);
  });
  const judges = ['openai/mt-bench-single:tiny', 'panel:verifier:repetition,verifier:length:2-'].flatMap((judge) => [
    '--judge',
    judge,
  ]);
  const argv = ['bench', 'judge', ...judges, '--base-url', baseURL, '--data', path, '--again', '0', '--json'];
  const [scoring, comparing] = results((await runMain(argv)).stdout);
  // 0.3 + 0.3 + 0.2 / 2 + 0.2 / 2 + 0.01 / 2 (tanh((5 - 1) / 2 - 1) + tanh((2 - 1) / 7 - 1))
  const score = 0.8 + 0.005 * (Math.tanh(4 / 2 - 1) + Math.tanh(1 / 7 - 1));
  expect(scoring!.ties).toEqual({ prompts: 2, failed: 0, score: expect.closeTo(score, 12) });
  expect(comparing!.ties).toBeNull();
  // Each of the answers once: 5, 6, 7, 9 and 2 words, and the two wrong ones.
  expect(questions).toHaveLength(7);
});

test.each([
  [['--judge', 'nobody'], '--judge: expected the name of a judge, found "nobody". There are:\n  default:'],
  [['--judge', 'verifier:taste'], 'verifier:length:<least>-<most>'],
  [['--judge', 'verifier:length:9-3'], 'expected 0 <= min <= max, got min 9 and max 3. Correct it.'],
  [['--judge', 'verifier:regex:('], 'verifier:regex: Invalid regular expression'],
  [['--judge', 'verifier:numeric'], 'verifier:numeric:<answer>, or --references'],
  [['--judge', 'panel:verifier:repetition,verifier:repetition'], 'is in it twice'],
  [['--judge', 'openai/rubric:x'], 'The rubric needs criteria. Give a file of them with --criteria.'],
  [['--limit', '0'], '--limit: expected a whole number of at least 1, got 0.'],
  [['--again', '-1'], '--again: expected a whole number of at least 0, got -1.'],
])('%j is refused with what to do', async (options, message) => {
  const { exitCode, stdout, stderr } = await runMain(['bench', 'judge', ...options]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('a judge that fails on every pair has its reason told', async () => {
  const { exitCode, stdout, stderr } = await runMain([
    'bench',
    'judge',
    '--judge',
    'verifier:numeric:none',
    '--limit',
    '3',
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('No judge gave a verdict.\nverifier:numeric:none: no number in the reference "none"');
});

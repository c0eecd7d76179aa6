import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readReportData } from '../../../src/loop/report/readReportData.ts';
import type { ReportData } from '../../../src/loop/report/reportData.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { smallRun } from './smallRun.ts';

let shared: string;
let finished: ReportData;

beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), 'nashtune-test-'));
  finished = await readReportData(await smallRun(join(shared, 'run')));
});
afterAll(() => rm(shared, { recursive: true, force: true }));

describe('readReportData', () => {
  test('gathers a finished run from its files', () => {
    const data = finished;
    expect(data).toMatchObject({ title: 'A small run', judge: { name: 'length' }, notes: ['A note.'], missing: [] });
    expect(data.rounds.map(({ judgeWinRate }) => judgeWinRate)).toEqual([
      { mean: 0.625, low: 0.525, high: 0.725 },
      { mean: 0.75, low: 0.65, high: 0.85 },
    ]);
    expect(data.rounds[1]!.values).toMatchObject({ klToBase: 1, answerTokens: 10, pairs: 6 });
    expect(data.before).toEqual({ 'judge/noisy': 0.8 });
    expect(data.steps).toHaveLength(12);
    expect(data.iterates).toEqual([
      [0.5, 0.375, 0.25],
      [0.625, 0.5, null],
      [0.75, null, 0.5],
    ]);
    expect(data.timings).toEqual([]);
  });

  test('sets the answers of base and rounds to each prompt side by side', () => {
    const { answers } = finished;
    expect(answers).toMatchObject({ rounds: [1, 2], total: 6 });
    const lengths = answers!.prompts.map(({ answers }) => answers.map((text) => text!.split(' ').length));
    expect(lengths).toEqual(Array.from({ length: 6 }, () => [4, 7, 10]));
    expect(answers!.prompts[3]!.prompt).toContain('plant 3');
  });

  test('orders judged answers by rank and says which were trained on', () => {
    const { judged } = finished;
    expect(judged.map(({ round, total, failed }) => [round, total, failed])).toEqual([
      [1, 6, 0],
      [2, 6, 0],
    ]);
    for (const { prompts, byRank } of judged) {
      expect(byRank[0]![2]).toBeGreaterThan(0.5);
      expect(byRank[0]![2]! + byRank[2]![0]!).toBeCloseTo(1, 12);
      for (const { answers } of prompts) {
        const lengths = answers.map(({ text }) => text.length);
        expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
        expect(answers.map(({ role }) => role)).toEqual(['chosen', undefined, 'rejected']);
      }
    }
  });

  test('adds what the monitors see, and their alarms', () => {
    const { rounds, alarms } = finished;
    expect(rounds.map(({ values: { lengthToBase, lengthToPrevious } }) => [lengthToBase, lengthToPrevious])).toEqual([
      [7 / 4, undefined],
      [10 / 4, 10 / 7],
    ]);
    expect(alarms).toEqual([expect.stringMatching(/^round 2: the answers have 2\.50 times the length/)]);
  });

  test.each([
    ['samples', 'Round 2: sampled, and not yet judged.'],
    ['judgments', 'Round 2: judged, and not yet paired.'],
    ['pairs', 'Round 2: paired, and not yet trained.'],
  ] as const)('a run killed after its %s says so and shows the rest', async (killedAfter, said) => {
    const data = await readReportData(await smallRun(join(await temporaryFolder(), 'run'), { killedAfter }));
    expect(data.missing).toEqual([expect.stringContaining('not come to its end'), said]);
    expect(data).toMatchObject({ title: 'small', rounds: [{ round: 1 }], answers: { rounds: [1] } });
  });

  test('a run that had hardly begun says what there is to come', async () => {
    const folder = await smallRun(join(await temporaryFolder(), 'run'), { killedAfter: 'samples' });
    for (const name of ['round-01', 'round-02', 'metrics.jsonl']) await rm(join(folder, name), { recursive: true });
    const data = await readReportData(folder);
    expect(data.missing.slice(1)).toEqual(['Nothing has been measured yet.', 'Not begun: round 1 to 2.']);
    expect(data).toMatchObject({ rounds: [], judged: [] });
  });

  test('what run.json records of the rounds is shown, a resume by force is a note, and an early stop misses nothing', async () => {
    const folder = await smallRun(join(await temporaryFolder(), 'run'), { killedAfter: 'pairs' });
    const found = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as Record<string, unknown>;
    const records = {
      config: { rounds: 9 },
      rounds: [{ round: 1, start: 'abc', measured: { klToBase: 1 }, stopped: 'enough' }],
      forced: [{ afterRound: 1, changes: [{ key: 'train.batchSize', before: 2, after: 4 }] }],
    };
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...found, ...records }));
    const { played, notes, run, missing } = await readReportData(folder);
    expect(played).toEqual([{ round: 1, start: 'abc', stopped: 'enough' }]);
    expect(notes).toEqual(['Resumed by force after round 1, with a change of train.batchSize (2 before, 4 since).']);
    expect(Object.keys(run)).not.toContain('forced');
    expect(missing.join(' ')).not.toContain('Not begun');
  });

  test('a table that is damaged is named and the rest shown', async () => {
    const folder = await smallRun(join(await temporaryFolder(), 'run'));
    await truncate(join(folder, 'round-02/judgments.arrow'), 900);
    const { missing, judged } = await readReportData(folder);
    expect(missing).toEqual([expect.stringMatching(/^round-02\/judgments\.arrow cannot be read: round-02/)]);
    expect(judged.map(({ round }) => round)).toEqual([1]);
  });

  test('a folder without a run is refused', async () => {
    const folder = await temporaryFolder();
    await expect(readReportData(folder)).rejects.toMatchObject({ code: 'run.missing' });
    await expect(readReportData(join(folder, 'none'))).rejects.toThrow(/found nothing at/);
    await writeFile(join(folder, 'run.json'), '[1]');
    await expect(readReportData(folder)).rejects.toMatchObject({ code: 'run.malformed' });
  });
});

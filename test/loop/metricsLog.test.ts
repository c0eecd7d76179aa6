import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { MetricsLog, readMetrics } from '../../src/loop/metricsLog.ts';
import type { MetricsRow } from '../../src/loop/metricsLog.ts';
import { startScript } from '../base/startScript.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { smallDisk } from './smallDisk.ts';

const ROWS: MetricsRow[] = [
  { round: 0, stage: 'evaluate', values: { winRate: 0.5 } },
  { round: 1, stage: 'train', step: 1, values: { loss: Math.LN2, rewardMargin: -1e-9 } },
  { round: 1, stage: 'train', step: 2, values: { loss: 0.5 } },
];

const TEXT = `{"round":0,"stage":"evaluate","winRate":0.5}
{"round":1,"stage":"train","step":1,"loss":0.6931471805599453,"rewardMargin":-1e-9}
{"round":1,"stage":"train","step":2,"loss":0.5}
`;

async function logWith(rows: readonly MetricsRow[]): Promise<MetricsLog> {
  const log = await MetricsLog.open(join(await temporaryFolder(), 'run', 'metrics.jsonl'));
  for (const row of rows) log.append(row);
  return log;
}

describe('MetricsLog', () => {
  test('writes one JSON line per row, keys in order, and another process sees each at once', async () => {
    const log = await logWith([]);
    expect(await readFile(log.path, 'utf8')).toBe('');
    const lines = TEXT.split(/(?<=\n)/);
    for (const [i, row] of ROWS.entries()) {
      log.append(row);
      expect(await readFile(log.path, 'utf8')).toBe(lines.slice(0, i + 1).join(''));
    }
    log.sync();
    log.close();
    expect(await readFile(log.path, 'utf8')).toBe(TEXT);
  });

  test('reads back what it wrote, bit for bit', async () => {
    const log = await logWith(ROWS);
    log.close();
    expect(readMetrics(log.path)).toEqual(ROWS);
    const again = await MetricsLog.open(log.path);
    expect(again.rows).toEqual(ROWS);
    again.append({ round: 2, stage: 'train', values: { tiny: 5e-324, third: 1 / 3 } });
    again.close();
    expect(readMetrics(log.path).at(-1)?.values).toEqual({ tiny: 5e-324, third: 1 / 3 });
  });

  test('keeps its rows apart from the objects they came in', async () => {
    const values = { loss: 1 };
    const log = await logWith([{ round: 1, stage: 'train', values }]);
    values.loss = 2;
    expect(log.rows[0]?.values).toEqual({ loss: 1 });
    log.close();
  });

  test.each([
    [{ loss: NaN }, 'metrics row of round 1, stage "train", step 7: loss must be a finite number, got NaN.'],
    [
      { ok: 1, kl: -Infinity },
      'metrics row of round 1, stage "train", step 7: kl must be a finite number, got -Infinity.',
    ],
    [{ step: 3 }, 'metrics row of round 1, stage "train", step 7: the name "step" is taken. Choose another name.'],
  ])('refuses %j and writes nothing of the row', async (values, message) => {
    const log = await logWith(ROWS);
    expect(() => log.append({ round: 1, stage: 'train', step: 7, values })).toThrow(new RangeError(message));
    log.close();
    expect(await readFile(log.path, 'utf8')).toBe(TEXT);
    expect(log.rows).toEqual(ROWS);
  });

  test.each([
    [{ round: -1 }, 'metrics row of round -1, stage "train": round must be a whole number.'],
    [{ step: 1.5 }, 'metrics row of round 1, stage "train", step 1.5: step must be a whole number.'],
  ])('refuses a row with %j', async (part, message) => {
    const log = await logWith([]);
    expect(() => log.append({ round: 1, stage: 'train', values: {}, ...part })).toThrow(new RangeError(message));
    log.close();
  });

  test('drops a half-written last line on opening, and readers pass it over', async () => {
    const log = await logWith(ROWS);
    log.close();
    for (const half of [
      '{"round":1,"sta',
      '{"round":1,"stage":"train","step":3,"loss":0.25}',
      '{"round":1,"stage":"tr\xc3',
    ]) {
      await appendFile(log.path, half, 'latin1');
      expect(readMetrics(log.path)).toEqual(ROWS);
      const again = await MetricsLog.open(log.path);
      expect(again.rows).toEqual(ROWS);
      expect(await readFile(log.path, 'utf8')).toBe(TEXT);
      again.close();
    }
  });

  test('drops a file that is nothing but half a line', async () => {
    const path = join(await temporaryFolder(), 'metrics.jsonl');
    await writeFile(path, '{"round"');
    const log = await MetricsLog.open(path);
    log.append(ROWS[0]!);
    log.close();
    expect(readMetrics(path)).toEqual([ROWS[0]]);
  });

  test('names all complete lines that are not rows, and leaves the file alone', async () => {
    const path = join(await temporaryFolder(), 'metrics.jsonl');
    const lines = [
      '{"round":1,"stage":"train","loss":1}',
      'loss 1',
      '',
      '[]',
      '{"round":1}',
      '{"round":1,"stage":"a","x":"1"}',
    ];
    const text = lines.map((line) => `${line}\n`).join('');
    await writeFile(path, text);
    const message =
      `${path}: expected JSON rows with round, stage and numbers; found something else in line 2, 3, 4, 5, 6. ` +
      'Delete these lines to go on.';
    await expect(MetricsLog.open(path)).rejects.toMatchObject({
      name: 'UserError',
      code: 'metrics.malformed',
      message,
    });
    expect(() => readMetrics(path)).toThrow(message);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('says so when there is no log to read', async () => {
    const path = join(await temporaryFolder(), 'metrics.jsonl');
    expect(() => readMetrics(path)).toThrow(`There is no metrics file "${path}". Give the folder of a run.`);
  });

  test('rewinds to the rows that are kept, whole, and goes on from there', async () => {
    const log = await logWith(ROWS);
    await log.rewindTo((row) => (row.step ?? 0) < 2);
    expect(await readFile(log.path, 'utf8')).toBe(
      TEXT.split(/(?<=\n)/)
        .slice(0, 2)
        .join(''),
    );
    log.append(ROWS[2]!);
    log.close();
    expect(await readFile(log.path, 'utf8')).toBe(TEXT);
    expect(log.rows).toEqual(ROWS);
    expect(await readdir(join(log.path, '..'))).toEqual(['metrics.jsonl']);
  });

  test('does not rewrite the file when every row is kept', async () => {
    const log = await logWith(ROWS);
    const before = await stat(log.path);
    await log.rewindTo(() => true);
    expect((await stat(log.path)).ino).toBe(before.ino);
    log.close();
  });

  test('a full disk costs the row that did not fit, and no part of it stays', async ({ skip }) => {
    const disk = await smallDisk('size=16k', skip);
    const log = await MetricsLog.open(join(disk, 'metrics.jsonl'));
    const fill = (): void => {
      for (let step = 1; step < 1000; step++)
        log.append({ round: 1, stage: 'train', step, values: { loss: 1 / step } });
    };
    expect(fill).toThrow('ENOSPC');
    const text = await readFile(log.path, 'utf8');
    expect(text.endsWith('}\n')).toBe(true);
    expect(readMetrics(log.path)).toEqual(log.rows);
    expect(log.rows.length).toBeGreaterThan(100);
    log.close();
  });

  test('a run killed again and again ends with the bytes of one that was not', { timeout: 120_000 }, async () => {
    // A run in small: a row per step, a checkpoint every 5 steps, rewound to the checkpoint at each start.
    const script = `
      import { readFile } from 'node:fs/promises';
      import { join } from 'node:path';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { writeFileAtomic } from './src/base/writeFileAtomic.ts';
      import { MetricsLog } from './src/loop/metricsLog.ts';
      const folder = process.argv[1];
      const checkpoint = join(folder, 'checkpoint');
      const done = Number(await readFile(checkpoint, 'utf8').catch(() => '0'));
      const log = await MetricsLog.open(join(folder, 'metrics.jsonl'));
      await log.rewindTo((row) => row.step <= done);
      console.log('from ' + done);
      for (let step = done + 1; step <= 80; step++) {
        log.append({ round: 1, stage: 'train', step, values: { loss: Math.sqrt(step), rewardMargin: 1 / step } });
        await sleep(1);
        if (step % 5 !== 0) continue;
        log.sync();
        await writeFileAtomic(checkpoint, String(step));
      }`;
    const [whole, killed] = [await temporaryFolder(), await temporaryFolder()];
    expect(await startScript(script, [whole]).end()).toEqual({ code: 0, stderr: '' });
    const starts = new Set<string>();
    for (const delay of [0, 23, 5, 41, 11]) {
      const run = startScript(script, [killed]);
      starts.add(await run.line());
      await sleep(delay);
      await run.kill('SIGKILL');
    }
    expect(starts.size).toBeGreaterThan(1); // it did get on between the kills
    expect(await startScript(script, [killed]).end()).toEqual({ code: 0, stderr: '' });
    const expected = await readFile(join(whole, 'metrics.jsonl'), 'utf8');
    expect(expected.match(/\n/g)?.length).toBe(80);
    expect(await readFile(join(killed, 'metrics.jsonl'), 'utf8')).toBe(expected);
  });
});

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  Dictionary,
  Field,
  Int32,
  Int64,
  LargeUtf8,
  List,
  Struct,
  Table,
  TimestampMillisecond,
  Utf8,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import type { DataType, Vector } from 'apache-arrow';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { TABLES, readArrowFile, readArrowTable, writeArrowFile } from '../../datasets/index.ts';
import type { JudgmentRow, LogpRow, PairRow, PromptRow, SampleRow, ScoreRow, TableRows } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from './userErrorOf.ts';

const text = fc.string({ unit: 'binary' });
const id = fc.string({ unit: 'binary', minLength: 1 });
const index = fc.nat({ max: 0x7fffffff });
const number = fc.double({ noDefaultInfinity: true, noNaN: true });
const probability = fc.double({ min: 0, max: 1, noNaN: true });
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const messages = fc.array(fc.record({ role: id, content: text }), { minLength: 1 });
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

const sample: fc.Arbitrary<SampleRow> = fc
  .array(fc.tuple(index, fc.float({ noDefaultInfinity: true, noNaN: true })))
  .chain((tokens) =>
    record<SampleRow>({
      id,
      prompt_id: id,
      k: index,
      text,
      prompt_token_ids: fc.array(index),
      token_ids: fc.constant(tokens.map(([token]) => token)),
      token_logps: fc.constant(tokens.map(([, logp]) => logp)),
      finish_reason: fc.constantFrom('stop', 'length'),
      policy_hash: text,
      sampler: text,
    }),
  );
const pair = record<PairRow>({
  id,
  prompt_id: id,
  prompt: messages,
  chosen: text,
  rejected: text,
  chosen_sample_id: orNull(id),
  rejected_sample_id: orNull(id),
  p_chosen: probability,
  p_rejected: probability,
  p_chosen_beats_rejected: probability,
  weight: fc.double({ min: 0, noDefaultInfinity: true, noNaN: true }),
  round: index,
  provenance: text,
});
const judgment = record<JudgmentRow>({
  prompt_id: id,
  i: index,
  j: index,
  p_i_beats_j: orNull(probability),
  error: orNull(text),
  judge_id: text,
  raw: orNull(text),
});

describe('rows read back equal those written', () => {
  const rows = {
    prompts: fc.array(record<PromptRow>({ id, messages, source: text })),
    samples: fc.array(sample),
    judgments: fc.array(judgment),
    scores: fc.array(
      record<ScoreRow>({ prompt_id: id, k: index, score: orNull(number), error: orNull(text), judge_id: text }),
    ),
    pairs: fc.array(pair),
    logps: fc.array(
      record<LogpRow>({
        pair_id: id,
        side: fc.constantFrom('chosen', 'rejected'),
        model_hash: text,
        sum: number,
        count: index,
      }),
    ),
  };

  test.each(Object.keys(TABLES) as (keyof typeof TABLES)[])('in the table %s', async (table) => {
    const path = join(await temporaryFolder(), 'table.arrow');
    const property = fc.asyncProperty(rows[table] as fc.Arbitrary<TableRows[typeof table][]>, async (written) => {
      await writeArrowFile(path, table, written);
      expect(await readArrowFile(path, table)).toEqual(written);
    });
    await fc.assert(property, { seed: 1, numRuns: 50 });
  });

  test('beyond one record batch', async () => {
    const path = join(await temporaryFolder(), 'many.arrow');
    const written = Array.from({ length: 20_000 }, (_, at) => ({
      pair_id: `pair ${at}`,
      side: 'chosen' as const,
      model_hash: '',
      sum: -at / 7,
      count: at,
    }));
    await writeArrowFile(path, 'logps', written);
    expect(await readArrowFile(path, 'logps')).toEqual(written);
  });
});

const score: ScoreRow = { prompt_id: 'p', k: 0, score: 0.5, error: null, judge_id: 'j' };
const prompt: PromptRow = { id: 'a', messages: [{ role: 'user', content: 'é' }], source: 's' };

describe('a written file', () => {
  test('has the same bytes for the same rows, whatever the order of its metadata', async () => {
    const folder = await temporaryFolder();
    const path = (name: string): string => join(folder, name);
    const rows = [score, { ...score, k: 1, score: null, error: 'é' }];
    await writeArrowFile(path('a'), 'scores', rows, { metadata: { seed: '1', by: 'x' } });
    await writeArrowFile(path('other'), 'prompts', [prompt]);
    await writeArrowFile(path('b'), 'scores', rows, { metadata: { by: 'x', seed: '1' } });
    expect((await readFile(path('a'))).equals(await readFile(path('b')))).toBe(true);
    expect((await readdir(folder)).toSorted()).toEqual(['a', 'b', 'other']);
  });

  test('keeps its metadata', async () => {
    const path = join(await temporaryFolder(), 'scores.arrow');
    await writeArrowFile(path, 'scores', [score], { metadata: { seed: '1' } });
    expect((await readArrowTable(path, 'scores')).metadata).toEqual({ seed: '1' });
  });

  test('passes extra columns through, their types as well', async () => {
    const folder = await temporaryFolder();
    const rows = [
      { ...score, note: 'x', count: 3n, flag: true, tags: ['a', null], deep: { x: 1, y: [{ z: 'q' }] }, empty: null },
      { ...score, note: null, count: null, flag: null, tags: [], deep: null, empty: null },
    ];
    await writeArrowFile(join(folder, 'first'), 'scores', rows);
    const { rows: read, extraColumns } = await readArrowTable(join(folder, 'first'), 'scores');
    expect(read).toEqual(rows);
    await writeArrowFile(join(folder, 'second'), 'scores', read.slice(1), { extraColumns });
    const again = await readArrowTable(join(folder, 'second'), 'scores');
    expect(again.extraColumns.map(String)).toEqual(extraColumns.map(String));
    expect(again.rows).toEqual(rows.slice(1));
  });

  test('is not written when rows do not fit, and what was there stays', async () => {
    const path = join(await temporaryFolder(), 'scores.arrow');
    await writeArrowFile(path, 'scores', [score]);
    const bad = [score, { ...score, score: Number.NaN }, { ...score, k: -1, judge_id: null as unknown as string }];
    expect(await userErrorOf(() => writeArrowFile(path, 'scores', bad), path)).toMatchInlineSnapshot(`
      {
        "code": "arrow.rows",
        "message": ".: expected rows of the table "scores", found:
        row 2, score: Invalid input: expected number, received NaN
        row 3, k: Too small: expected number to be >=0
        row 3, judge_id: Invalid input: expected string, received null
      Mend these rows at their source.",
      }
    `);
    expect(await readArrowFile(path, 'scores')).toEqual([score]);
  });

  test('has as many log-probabilities as tokens', async () => {
    const path = join(await temporaryFolder(), 'samples.arrow');
    const [row] = fc.sample(sample, { numRuns: 1, seed: 1 });
    const { message } = await userErrorOf(() =>
      writeArrowFile(path, 'samples', [{ ...row!, token_ids: [1, 2], token_logps: [0] }]),
    );
    expect(message).toContain('row 1, token_logps: must have one entry for each of token_ids');
  });

  test('refuses an extra column of several types', async () => {
    const path = join(await temporaryFolder(), 'scores.arrow');
    const rows = [
      { ...score, extra: 1 },
      { ...score, extra: 'x' },
    ];
    expect((await userErrorOf(() => writeArrowFile(path, 'scores', rows), path)).message).toMatchInlineSnapshot(
      `".: expected values of one type in the extra column "extra", found several. Convert them to text."`,
    );
  });
});

const columnsOf = (types: Record<string, [DataType, unknown[]]>): Table => {
  const vectors = Object.fromEntries(
    Object.entries(types).map(([name, [type, values]]): [string, Vector] => [name, vectorFromArray(values, type)]),
  );
  return new Table(vectors);
};

describe('a file of another writer', () => {
  const turn = new Struct([new Field('content', new LargeUtf8(), true), new Field('role', new Utf8(), true)]);
  const turns = new List(new Field('item', turn, true));

  test('may have wider types, dictionaries, nullable columns and another order', async () => {
    const path = join(await temporaryFolder(), 'foreign.arrow');
    const table = columnsOf({
      source: [new Dictionary(new Utf8(), new Int32()), ['s', 's']],
      n: [new Int64(), [1n, null]],
      messages: [turns, [[{ content: 'é', role: 'user' }], [{ content: '', role: 'x' }]]],
      id: [new LargeUtf8(), ['a', 'b']],
    });
    await writeFile(path, tableToIPC(table, 'file'));
    expect(await readArrowFile(path, 'prompts')).toEqual([
      { ...prompt, n: 1n },
      { id: 'b', messages: [{ role: 'x', content: '' }], source: 's', n: null },
    ]);
  });

  test('may lack columns that may be null', async () => {
    const path = join(await temporaryFolder(), 'foreign.arrow');
    const table = columnsOf({ prompt_id: [new Utf8(), ['p']], k: [new Int64(), [2n]], judge_id: [new Utf8(), ['j']] });
    await writeFile(path, tableToIPC(table, 'file'));
    expect(await readArrowFile(path, 'scores')).toEqual([{ ...score, k: 2, score: null }]);
  });

  test('is told which columns are wrong', async () => {
    const path = join(await temporaryFolder(), 'foreign.arrow');
    const table = columnsOf({
      id: [new Int32(), [1]],
      when: [new TimestampMillisecond(), [0]],
      source: [new Utf8(), ['']],
    });
    await writeFile(path, tableToIPC(table, 'file'));
    expect(await userErrorOf(() => readArrowFile(path, 'prompts'), path)).toMatchInlineSnapshot(`
      {
        "code": "arrow.columns",
        "message": ".: expected the table "prompts", found other columns:
        column "id" must be Utf8, is Int32
        column "messages" (List<Struct<{role:Utf8, content:Utf8}>>) is missing
        extra column "when" is Timestamp<MILLISECOND>, which is not kept: cast or drop it
      Name a file of "prompts".",
      }
    `);
  });

  test('is told which rows are wrong', async () => {
    const path = join(await temporaryFolder(), 'foreign.arrow');
    const table = columnsOf({
      id: [new Utf8(), ['a', null]],
      messages: [turns, [[], [{ content: null, role: 'user' }]]],
      source: [new Utf8(), ['', '']],
    });
    await writeFile(path, tableToIPC(table, 'file'));
    expect((await userErrorOf(() => readArrowFile(path, 'prompts'), path)).message).toMatchInlineSnapshot(`
      ".: expected rows of the table "prompts", found:
        row 1, messages: Too small: expected array to have >=1 items
        row 2, id: Invalid input: expected string, received null
        row 2, messages[0].content: Invalid input: expected string, received null
      Mend these rows at their source."
    `);
  });
});

describe('a file that is', () => {
  test('missing is named', async () => {
    const path = join(await temporaryFolder(), 'none.arrow');
    expect((await userErrorOf(() => readArrowFile(path, 'prompts'))).code).toBe('input.missing');
  });

  test('of another of our tables is named', async () => {
    const path = join(await temporaryFolder(), 'scores.arrow');
    await writeArrowFile(path, 'scores', [score]);
    const { code, message } = await userErrorOf(() => readArrowFile(path, 'logps'));
    expect(code).toBe('arrow.columns');
    expect(message).toContain('expected the table "logps", found the table "scores"');
  });

  test('cut at any byte is an error, never rows', async () => {
    const folder = await temporaryFolder();
    await writeArrowFile(join(folder, 'whole'), 'prompts', [prompt, { ...prompt, id: 'b' }]);
    const bytes = await readFile(join(folder, 'whole'));
    for (let length = 0; length < bytes.length; length += 13) {
      await writeFile(join(folder, 'cut'), bytes.subarray(0, length));
      const { code } = await userErrorOf(() => readArrowFile(join(folder, 'cut'), 'prompts'));
      expect(code).toBe(length < 6 ? 'arrow.foreign' : 'arrow.truncated');
    }
  });

  test('damaged between its ends is an error', async () => {
    const folder = await temporaryFolder();
    await writeArrowFile(join(folder, 'whole'), 'prompts', [prompt]);
    const bytes = await readFile(join(folder, 'whole'));
    await writeFile(join(folder, 'damaged'), bytes.fill(0xff, 8, bytes.length - 6));
    expect((await userErrorOf(() => readArrowFile(join(folder, 'damaged'), 'prompts'))).code).toBe('arrow.damaged');
  });

  test.each([
    ['an empty file', Buffer.alloc(0)],
    ['a Parquet file', Buffer.from('PAR1....PAR1')],
    ['other bytes', Buffer.from('{"prompt": "hi"}')],
  ])('%s is called so', async (name, bytes) => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, bytes);
    const { code, message } = await userErrorOf(() => readArrowFile(path, 'prompts'));
    expect(code).toBe('arrow.foreign');
    expect(message).toContain(`expected an Arrow IPC file or stream, found ${name}.`);
  });

  test('without rows reads as no rows', async () => {
    const path = join(await temporaryFolder(), 'empty.arrow');
    await writeArrowFile(path, 'pairs', []);
    expect(await readArrowFile(path, 'pairs')).toEqual([]);
  });
});

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { alpacaEvalFigures } from '../../../bench/alpacaEval/alpacaEvalFigures.ts';
import { readAnnotations } from '../../../bench/alpacaEval/readAnnotations.ts';
import { readLengthPrior } from '../../../bench/alpacaEval/readLengthPrior.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

const HEADER = 'model,preference,index,std_delta_len,instruction_difficulty,not_gamed_baseline';
const SOUND = [
  'verbose,0.625,0,-0.5,0.0,False',
  'verbose,0.75,1,-1.5,-1.25,False',
  'concise,0.25,0,0.5,0.0,False',
  'concise,0.125,1,2.0,-1.25,False',
];

async function tables(gamed: readonly string[], difficulty = ['0,0.0', '1,-1.25']): Promise<[string, string]> {
  const folder = await temporaryFolder();
  const paths = ['df_gamed.csv', 'instruction_difficulty.csv'].map((name) => join(folder, name)) as [string, string];
  await writeFile(paths[0], `${[HEADER, ...gamed].join('\n')}\n`);
  await writeFile(paths[1], `${[',instruction_difficulty', ...difficulty].join('\n')}\n`);
  return paths;
}

async function problemOf(...paths: string[]): Promise<string> {
  const { code, message } = await userErrorOf(() => readLengthPrior(...paths));
  expect(code).toBe('lengthPrior.malformed');
  return message;
}

describe('AlpacaEval’s own tables', () => {
  test('both baselines, in the order of the file, whichever table is named first', async () => {
    const [gamed, difficulty] = await tables(SOUND);
    const read = await readLengthPrior(gamed, difficulty);
    expect(read).toEqual(await readLengthPrior(difficulty, gamed));
    expect(read).toEqual(await readLengthPrior(gamed));
    expect(read.baselineLengths).toBeNull();
    expect([...read.prior.instructionDifficulty]).toEqual([0, -1.25]);
    expect(read.prior.gamed.map(({ preferences }) => [...preferences])).toEqual([
      [0.625, 0.75],
      [0.25, 0.125],
    ]);
    expect([...read.prior.gamed[1]!.lengthTerms]).toEqual([Math.tanh(0.5), Math.tanh(2)]);
  });

  test('what is wrong with them is told, all of it', async () => {
    const [broken] = await tables(['verbose,1.5,0,x,0.0,False', 'verbose,,1,-1.5,-1.25,False', ...SOUND.slice(2)]);
    const message = await problemOf(broken);
    expect(message).toMatch(/preference[^]*std_delta_len[^]*preference/);
    const [short] = await tables(SOUND.slice(0, 3));
    expect(await problemOf(short)).toContain('"concise" has 1 rows, and 1 of the indices 0 to 1');
    const [one] = await tables(SOUND.slice(0, 2));
    expect(await problemOf(one)).toContain('1 models');
    const [empty] = await tables([]);
    expect(await problemOf(empty)).toContain('no row');
    const [gamed, other] = await tables(SOUND, ['0,0.0', '1,3.5']);
    expect(await problemOf(gamed, other)).toContain('row 2: 3.5');
    expect(await problemOf(other)).toContain('give one JSON file');
    expect(await problemOf(gamed, gamed, other)).toContain('give one JSON file');
  });
});

const shared = (name: string): string => fileURLToPath(new URL(`../../../../shared/${name}`, import.meta.url));
const real = shared('data/alpaca_eval/alpaca-7b.annotations.json');
const priorFile = shared('vectors/lc_prior.json');
const skip = [real, priorFile].every((path) => existsSync(path)) ? '' : ` (${real} and ${priorFile} are not here)`;

test.skipIf(skip)(`the same prior as JSON and as tables gives the same figures${skip}`, async () => {
  const json = await readLengthPrior(priorFile);
  const { instruction_difficulty: difficulty } = JSON.parse(await readFile(priorFile, 'utf8')) as {
    instruction_difficulty: number[];
  };
  const [gamed, difficulties] = await tables(
    json.prior.gamed.flatMap(({ lengthTerms, preferences }, model) =>
      Array.from(preferences, (preference, row) =>
        [
          ['verbose', 'concise'][model],
          preference,
          row,
          Math.atanh(lengthTerms[row]!),
          difficulty[row],
          'False',
        ].join(),
      ),
    ),
    difficulty.map((value, row) => `${row},${value}`),
  );
  const csv = await readLengthPrior(gamed, difficulties);
  const annotations = await readAnnotations(real);
  const byJson = alpacaEvalFigures(annotations, { prior: json });
  const byTables = alpacaEvalFigures(annotations, { prior: csv });
  expect(byTables.length_controlled_winrate).toBeCloseTo(byJson.length_controlled_winrate!, 9);
  expect(byTables.lengthControl!.C).toBe(byJson.lengthControl!.C);
  expect(byTables.warnings).toEqual([
    ...byJson.warnings,
    'the prior does not tell the baseline’s lengths: rows are taken to stand in its order',
  ]);
});

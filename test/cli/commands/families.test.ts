import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { readArrowFile } from '../../../datasets/index.ts';
import { startEngine } from '../../../src/engine/index.ts';
import {
  createPolicy,
  loadPolicy,
  parseDecoderConfig,
  saveAdapter,
  savePolicy,
  withAdapter,
} from '../../../src/models/index.ts';
import { BASE_POLICY } from '../../../src/world/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { GOLDEN_MODELS } from '../../models/modelCases.ts';
import { runMain } from '../runMain.ts';

beforeAll(async () => {
  await startEngine();
});

const FAMILIES = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma2', 'gpt2', 'gpt_neox', 'phi3'];
const PROMPTS = ['Could you suggest two trips?', 'A gift, please.'];

/** A model of a family with random weights and the vocabulary of the world's tokenizer, in a folder of its own. */
async function modelFolder(family: string): Promise<string> {
  const config = JSON.parse(await readFile(join(GOLDEN_MODELS, family, 'config.json'), 'utf8')) as object;
  const policy = createPolicy(parseDecoderConfig({ ...config, vocab_size: 1024 }, family), 1);
  const folder = join(await temporaryFolder(), family);
  await savePolicy(policy, folder, { companions: BASE_POLICY });
  policy.dispose();
  return folder;
}

async function linesOf(...rows: object[]): Promise<string> {
  const path = join(await temporaryFolder(), 'rows.jsonl');
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

describe.each(FAMILIES)('%s', (family) => {
  test('is sampled from and scored on the command line, and both agree', async () => {
    const folder = await modelFolder(family);
    const prompts = await linesOf(...PROMPTS.map((prompt, i) => ({ id: `p${i}`, prompt })));
    const samples = join(await temporaryFolder(), 'samples.arrow');
    const options = ['--policy', folder, '--max-new-tokens', '8', '--out', samples, '--precision', 'fp32'];
    const sampled = await runMain(['sample', '--prompts', prompts, '-k', '2', ...options, '--json']);
    expect(sampled).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(sampled.stdout)).toMatchObject({ out: samples, prompts: 2, samples: 4, dropped: [] });
    const rows = await readArrowFile(samples, 'samples');
    expect(rows.map(({ prompt_id, k }) => `${prompt_id}/${k}`)).toEqual(['p0/0', 'p0/1', 'p1/0', 'p1/1']);
    expect(rows.every(({ token_logps }) => token_logps.every((logp) => logp <= 0))).toBe(true);

    const pairs = await linesOf({ id: 'one', prompt: PROMPTS[0], chosen: 'Gladly.', rejected: 'No.' });
    const logps = join(await temporaryFolder(), 'logps.arrow');
    const scoring = ['--policy', folder, '--out', logps, '--batch-size', '2', '--precision', 'fp32', '--json'];
    const scored = await runMain(['logps', '--pairs', pairs, ...scoring]);
    expect(scored).toMatchObject({ exitCode: 0 });
    const table = await readArrowFile(logps, 'logps');
    expect(table.map(({ pair_id, side }) => `${pair_id} ${side}`)).toEqual(['one chosen', 'one rejected']);
    // Random weights are near uniform: log 1024 a token.
    for (const { sum, count } of table) expect(-sum / count).toBeCloseTo(Math.log(1024), 0);
  });
});

test('an adapter changes the scores, and is named in the hash', async () => {
  const folder = await modelFolder('llama');
  const base = withAdapter(await loadPolicy(folder), { rank: 2 }, 1);
  const adapter = join(await temporaryFolder(), 'adapter');
  await saveAdapter(base, adapter);
  base.dispose();
  const pairs = await linesOf({ id: 'one', prompt: 'Q', chosen: 'A', rejected: 'B' });
  const logps = join(await temporaryFolder(), 'logps.arrow');
  const { exitCode } = await runMain([
    'logps',
    '--policy',
    folder,
    '--adapter',
    adapter,
    '--pairs',
    pairs,
    '--out',
    logps,
  ]);
  expect(exitCode).toBe(0);
  expect((await readArrowFile(logps, 'logps'))[0]!.model_hash).toMatch(/^[\da-f]{16}\+[\da-f]{16}$/);
});

describe('bad input exits with 2, says what to do, and writes nothing', () => {
  const cases: [string, string[], RegExp][] = [
    ['no such model', ['--policy', './nowhere'], /nowhere.*(no such|expected)/s],
    [
      'a temperature below 0',
      ['--policy', BASE_POLICY, '--temperature', '-1'],
      /temperature must be 0 or more, got -1/,
    ],
    ['a wrong device', ['--policy', BASE_POLICY, '--device', 'tpu'], /--device: expected auto/],
    [
      'an adapter that is none',
      ['--policy', BASE_POLICY, '--adapter', GOLDEN_MODELS],
      /adapter_config\.json: no such file/,
    ],
    [
      'more new tokens than the context holds',
      ['--policy', BASE_POLICY, '--max-new-tokens', '256'],
      /--max-new-tokens: expected less than the model's context of 160 tokens, got 256\. Lower it/,
    ],
    ['a misspelt option', ['--policy', BASE_POLICY, '--temprature', '1'], /temprature/],
  ];
  test.each(cases)('sample with %s', async (_, options, message) => {
    const prompts = await linesOf({ prompt: 'Q' });
    const out = join(await temporaryFolder(), 'samples.arrow');
    const { exitCode, stderr } = await runMain(['sample', '--prompts', prompts, '--out', out, ...options]);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
    await expect(readFile(out)).rejects.toThrow();
  });

  test('an output file that exists is kept', async () => {
    const out = await linesOf({ prompt: 'Q' });
    for (const command of [
      ['sample', '--prompts', out],
      ['logps', '--pairs', out],
    ]) {
      const { exitCode, stderr } = await runMain([...command, '--policy', BASE_POLICY, '--out', out]);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 2 });
      expect(stderr).toContain('exists. Remove it');
    }
    expect(await readFile(out, 'utf8')).toBe('{"prompt":"Q"}\n');
  });

  test('rows that are no pairs stop the command, and are left out with --skip-bad', async () => {
    const pairs = await linesOf(
      { id: 'good', prompt: 'Q', chosen: 'A', rejected: 'B' },
      { id: 'bad', prompt: 'Q', chosen: 'A', rejected: 'A' },
    );
    const out = join(await temporaryFolder(), 'logps.arrow');
    const command = ['logps', '--policy', BASE_POLICY, '--pairs', pairs, '--out', out, '--json'];
    const refused = await runMain(command);
    expect(refused.exitCode).toBe(2);
    expect(refused.stdout).toContain('line 2: expected two different answers');
    const { exitCode, stdout } = await runMain([...command, '--skip-bad']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ pairs: 1, bad: 1 });
  });

  test('a tokenizer with more tokens than the model', async () => {
    const prompts = await linesOf({ prompt: 'Q' });
    const out = join(await temporaryFolder(), 'samples.arrow');
    const model = join(GOLDEN_MODELS, 'llama');
    const options = ['--policy', model, '--tokenizer', BASE_POLICY, '--out', out];
    const { exitCode, stderr } = await runMain(['sample', '--prompts', prompts, ...options]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the model has 160 tokens and the tokenizer');
  });
});

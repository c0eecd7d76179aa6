import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readModelOutputs, type Annotations } from '../../../../bench/index.ts';
import { readArrowFile, readArrowTable, writeArrowFile } from '../../../../datasets/index.ts';
import { loadPolicy, saveAdapter, withAdapter } from '../../../../src/models/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { saveTinyModel } from '../../../bench/saveTinyModel.ts';
import { runMain, type MainOutcome } from '../../runMain.ts';
import { outputsFile } from './outputFiles.ts';

const TOKENS = ['--precision', 'fp32', '--max-new-tokens', '8'];

interface Evaluation {
  folder: string;
  model: string;
  reference: string;
  out: string;
  bench: (verb: string, ...more: string[]) => Promise<MainOutcome>;
  /** The same command, stopped by the user. */
  stopped: (verb: string, ...more: string[]) => Promise<MainOutcome>;
}

/** A tiny model that answers four questions, the last of which is longer than its context. */
async function evaluation(): Promise<Evaluation> {
  const folder = await temporaryFolder();
  const [model, out] = [join(folder, 'tiny'), join(folder, 'eval')];
  await saveTinyModel(model);
  const reference = await outputsFile(folder, 'base', ['short', 'exactly this many letters', '', 'never answered']);
  const rows = JSON.parse(await readFile(reference, 'utf8')) as { instruction: string }[];
  rows[3]!.instruction = 'far too long '.repeat(40);
  await writeFile(reference, JSON.stringify(rows));
  const command = (verb: string, more: readonly string[]): string[] => {
    const judge = more.includes('--judge') ? [] : ['--judge', 'verifier:length:10-500'];
    return ['bench', verb, '--reference', reference, '--out', out, ...judge, ...more];
  };
  const bench = (verb: string, ...more: string[]): Promise<MainOutcome> => runMain(command(verb, more));
  const stopped = (verb: string, ...more: string[]): Promise<MainOutcome> => {
    const interrupt = new AbortController();
    interrupt.abort();
    return runMain(command(verb, more), interrupt);
  };
  return { folder, model, reference, out, bench, stopped };
}

const NO_ROOM = '1 of 4 instructions leave no room for an answer of 8 tokens in a context of 64, and get none';

test('alpaca-eval draws outputs, judges them, and goes on after a stop', async () => {
  const { model, out, bench } = await evaluation();
  const draw = (...more: string[]): Promise<MainOutcome> =>
    bench('alpaca-eval', '--policy', model, ...TOKENS, '--json', ...more);
  const first = await draw();
  expect(first.exitCode, first.stderr).toBe(0);
  const figures = JSON.parse(first.stdout) as { warnings: string[] };
  expect(figures).toMatchObject({ model: 'tiny', baseline: 'base', n_total: 3 });
  expect(figures.warnings[0]).toBe(NO_ROOM);
  expect(figures.warnings).toContainEqual(expect.stringContaining('1 of 4 instructions have no output: "far too long'));

  const path = join(out, 'model_outputs.json');
  const { generator, rows } = await readModelOutputs(path);
  expect(generator).toBe('tiny');
  expect(rows.map(({ instruction, dataset }) => [instruction, dataset])).toEqual([
    ['question 1', 'even'],
    ['question 2', 'odd'],
    ['question 3', 'even'],
  ]);
  const table = await readArrowTable(join(out, 'samples.arrow'), 'samples');
  expect(table.rows.map(({ text }) => text.trim())).toEqual(rows.map(({ output }) => output));
  const cut = table.rows.filter(({ finish_reason }) => finish_reason === 'length').length;
  expect(cut).toBeGreaterThan(0);
  expect(figures.warnings).toContain(`${cut} of 3 outputs are cut off at 8 tokens (--max-new-tokens)`);

  await writeArrowFile(join(out, 'samples.arrow'), 'samples', table.rows.slice(1), { metadata: table.metadata });
  const again = await draw();
  expect(again.exitCode, again.stderr).toBe(0);
  expect(again.stdout).toBe(first.stdout);
  expect(await readModelOutputs(path)).toEqual({ generator, rows });

  // The same outputs from their file have the same figures.
  const judged = await bench('alpaca-eval', '--outputs', path, '--json');
  expect({ ...(JSON.parse(judged.stdout) as object), warnings: [] }).toEqual({ ...figures, warnings: [] });

  const otherwise = await draw('--seed', '2', '--sample-temperature', '0');
  expect(otherwise.exitCode).toBe(2);
  expect(otherwise.stderr).toContain('seed: now "2", there "1"');
  expect(otherwise.stderr).toContain('temperature: now "0", there "1"');
  expect((await draw('--max-instances', '2')).stderr).toContain(
    'instruction 3/0: answers none of the prompts now asked',
  );
  expect(await readModelOutputs(path)).toEqual({ generator, rows });
}, 30_000);

test('a trial of the first instructions grows to all of them, under the name that is given', async () => {
  const { model, out, bench, stopped } = await evaluation();
  const trial = await bench('win-rate', '--policy', model, ...TOKENS, '--name', 'mine', '--max-instances', '1');
  expect(trial.exitCode, trial.stderr).toBe(0);
  expect(trial.stderr).toContain('warning: only the first 1 of 4 instructions are judged');
  expect(trial.stderr).not.toContain('leave no room');
  expect(trial.stdout).toContain('mine against base');
  const [drawn] = await readArrowFile(join(out, 'samples.arrow'), 'samples');
  const stop = await stopped('arena-hard', '--policy', model, ...TOKENS, '--name', 'mine');
  expect(stop).toMatchObject({ exitCode: 130 });
  expect(stop.stderr).toContain('Stopped; what was finished is kept. Run the same command again to go on.');
  const whole = await bench('arena-hard', '--policy', model, ...TOKENS, '--name', 'mine', '--json');
  expect(JSON.parse(whole.stdout)).toMatchObject({ rows: [{ model: 'mine', battles: 3 }] });
  expect((JSON.parse(whole.stdout) as Annotations).warnings[0]).toBe(NO_ROOM);
  const rows = await readArrowFile(join(out, 'samples.arrow'), 'samples');
  expect(rows[0]).toEqual(drawn);
  expect(rows).toHaveLength(3);
}, 30_000);

test('an adapter is in the name of the outputs, and belongs to the policy that answers, not to the one that judges', async () => {
  const { folder, model, bench } = await evaluation();
  const adapter = join(folder, 'lora');
  const adapted = withAdapter(await loadPolicy(model), { rank: 2 }, 1);
  await saveAdapter(adapted, adapter);
  adapted.dispose();
  const judge = join(folder, 'judge');
  await saveTinyModel(judge, 4096);
  const policy = ['--policy', model, '--adapter', adapter, ...TOKENS];
  const { exitCode, stderr, stdout } = await bench('win-rate', ...policy, '--judge', `policy:${judge}`, '--json');
  expect(exitCode, stderr).toBe(0);
  const { annotator } = JSON.parse(stdout) as Annotations;
  expect(JSON.parse(stdout)).toMatchObject({ model: 'tiny+lora', n_total: 3 });
  expect(annotator).toMatch(/^alpaca-eval\(policy:[\da-f]+[^+]*$/);
  const without = await bench('win-rate', '--policy', model, ...TOKENS);
  expect(without.stderr).toContain('policy: now "');
}, 30_000);

test('what stands in the way is told before anything is drawn', async () => {
  const { model, reference, out, bench } = await evaluation();
  const failureOf = async (verb: string, ...more: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await bench(verb, ...more);
    expect(exitCode, stdout).toBe(2);
    return stderr;
  };
  const policy = ['--policy', model, ...TOKENS];
  expect(await failureOf('win-rate', ...policy, '--outputs', reference)).toContain(
    '--outputs and --policy: expected one of them, got both',
  );
  expect(await failureOf('alpaca-eval', '--annotations', reference, ...policy)).toContain(
    'Expected --annotations alone',
  );
  expect(await failureOf('arena-hard', '--judgments', reference, ...policy)).toContain('Expected --judgments');
  expect(await failureOf('win-rate', '--outputs', reference, '--name', 'mine', '--adapter', 'x')).toContain(
    '--name: expected --policy with it, found none.\n--adapter: expected --policy',
  );
  expect(await failureOf('arena-hard', '--judgments', reference, '--max-instances', '3')).toContain(
    '--max-instances: expected --outputs or --policy with it',
  );
  expect(await failureOf('win-rate', ...policy, '--max-instances', '0')).toContain('--max-instances: expected a whole');
  expect(await failureOf('win-rate', ...policy, '--name', 'base')).toContain('found "base" for both. Give --name');
  expect(await failureOf('win-rate', ...policy, '--judge', 'nobody')).toContain('expected the name of a judge');
  expect(await failureOf('win-rate', '--policy', model, '--max-new-tokens', '64')).toContain(
    "--max-new-tokens: expected less than the model's context of 64",
  );
  const long = join(out, 'long.json');
  await writeFile(long, JSON.stringify([{ instruction: 'far too long '.repeat(40), output: 'x' }]));
  const tooLong = ['win-rate', '--reference', long, '--out', out, ...policy];
  expect((await runMain(['bench', ...tooLong])).stderr).toContain('Lower --max-new-tokens, or shorten them.');
  expect(existsSync(join(out, 'samples.arrow'))).toBe(false);
  const mine = join(out, 'model_outputs.json');
  await writeFile(mine, '[{"instruction": "question 1", "output": "my own"}]');
  expect(await failureOf('win-rate', ...policy)).toContain('expected no outputs but those drawn here before');
  expect(await readFile(mine, 'utf8')).toContain('my own');
  const blocked = [
    'win-rate',
    '--reference',
    reference,
    '--judge',
    'verifier:length:1-9',
    ...policy,
    '--out',
    reference,
  ];
  expect((await runMain(['bench', ...blocked])).stderr).toContain('it is a file. Choose another folder');
}, 30_000);

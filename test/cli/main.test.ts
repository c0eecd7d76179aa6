import { expect, test } from 'vitest';

import { packageManifest } from '../../src/recipe/packageRoot.ts';
import { runMain } from './runMain.ts';

test('--help shows the commands, the exit codes and what --json does', async () => {
  const { exitCode, stdout, stderr } = await runMain(['--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatchInlineSnapshot(`
    "nashtune <command>

    Preference optimization: SPPO, DPO and their relatives.

    Commands:
      nashtune run <recipe>            Run a recipe: one that comes with nashtune, or a file of yours
      nashtune recipes [recipe]        List the recipes, or all options and presets of one
      nashtune copy <recipe> [target]  Copy a recipe into your project, to change it
      nashtune sample                  Draw answers from a policy into an Arrow table
      nashtune judge                   Have a judge compare the answers of pairs, or all answers to each
                                       prompt
      nashtune logps                   Log-probabilities of both answers of preference pairs under a
                                       policy
      nashtune report <run>            Make report.html of a run again from its files, also of one that
                                       was stopped
      nashtune compare <runs..>        Set runs side by side: what differs in them, and their figures
      nashtune data                    Look at, check and convert files of pairs, prompts and answers
      nashtune bench                   Measure policies, judges and this machine
      nashtune setup                   Fetch the native TensorFlow library ahead of time
      nashtune doctor                  Check the library, the devices, their speed, memory and disk

    Options:
      -h, --help     Show help                                                                 [boolean]
          --version  Show version number                                                       [boolean]
          --json     Print one JSON document on standard output               [boolean] [default: false]

    Exit codes: 0 done; 1 internal fault; 2 wrong input, the message says how to mend it; 130 stopped.
    With --json, standard output holds one JSON document: the result or {"error":{"code","message"}}.
    "
  `);
});

test('without arguments the help is shown', async () => {
  expect(await runMain([])).toEqual(await runMain(['--help']));
});

test('--version is the one of the package', async () => {
  expect(await runMain(['--version'])).toEqual({
    exitCode: 0,
    stdout: `${packageManifest().version}\n`,
    stderr: '',
  });
});

test.each([
  'run',
  'recipes',
  'copy',
  'setup',
  'doctor',
  'data',
  'data inspect',
  'data stats',
  'data validate',
  'data convert',
])('%s --help shows options and examples', async (command) => {
  const { exitCode, stdout } = await runMain([...command.split(' '), '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`nashtune ${command}`);
  expect(stdout).toContain('--json');
  expect(stdout).toContain(`Examples:\n  nashtune ${command}`);
});

test.each([
  [
    'rnu',
    'Unknown command "rnu". Did you mean "run"? Commands: run, recipes, copy, sample, judge, logps, report, compare, data, bench, setup, doctor. Run "nashtune --help" for more.',
  ],
  [
    '--colour',
    'Expected a command. Commands: run, recipes, copy, sample, judge, logps, report, compare, data, bench, setup, doctor. Run "nashtune --help" for more.',
  ],
  [
    '--json',
    'Expected a command. Commands: run, recipes, copy, sample, judge, logps, report, compare, data, bench, setup, doctor. Run "nashtune --help" for more.',
  ],
  ['run', 'nashtune run: Expected "nashtune run <recipe>". Run "nashtune run --help" for its options.'],
  [
    'run tiny --sett x',
    'nashtune run: Unknown option "--sett". Did you mean "--set"? Run "nashtune run --help" for its options.',
  ],
  [
    'run tiny --set.x=1',
    'nashtune run: Unknown option "--set.x". Did you mean "--set"? Run "nashtune run --help" for its options.',
  ],
  [
    'run tiny --xyz --jsno',
    'nashtune run: Unknown option "--xyz". Unknown option "--jsno". Did you mean "--json"? Run "nashtune run --help" for its options.',
  ],
  ['run tiny more', 'nashtune run: Unexpected argument "more". Run "nashtune run --help" for its options.'],
  ['run tiny --preset', 'nashtune run: --preset needs a value. Run "nashtune run --help" for its options.'],
  ['run tiny --set', 'nashtune run: --set needs a value. Run "nashtune run --help" for its options.'],
  [
    'data',
    'nashtune data: Expected a command. Commands: inspect, stats, validate, convert, split, decontaminate. Run "nashtune data --help" for more.',
  ],
  [
    'data inspct x',
    'nashtune data: Unknown command "inspct". Did you mean "inspect"? Commands: inspect, stats, validate, convert, split, decontaminate. Run "nashtune data --help" for more.',
  ],
  [
    'data inspect',
    'nashtune data inspect: Expected "nashtune data inspect <place>". Run "nashtune data inspect --help" for its options.',
  ],
  [
    'data inspect x --skip-bad y',
    'nashtune data inspect: Unknown option "--skip-bad". Run "nashtune data inspect --help" for its options.',
  ],
  [
    'data inspect x --row 1',
    'nashtune data inspect: Unknown option "--row". Did you mean "--rows"? Run "nashtune data inspect --help" for its options.',
  ],
  ['run tiny --out a --out b', '--out is given more than once. Give it once.'],
])('"nashtune %s" is a wrong command line', async (line, message) => {
  const { exitCode, stderr } = await runMain(line.split(' '));
  expect(stderr).toBe(`${message}\n`);
  expect(exitCode).toBe(2);
});

test('with --json a fault is one document on standard output, and the message on standard error', async () => {
  const { exitCode, stdout, stderr } = await runMain(['run', 'tny', '--json']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'recipe.unknown', message: stderr.trimEnd() } });
});

test('without --json nothing of a fault is on standard output', async () => {
  expect(await runMain(['run', 'tny'])).toMatchObject({ exitCode: 2, stdout: '' });
});

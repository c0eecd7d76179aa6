/**
 * Kills a three-round run of a recipe in the quickstart's world with SIGKILL at random moments, resumes it each time, and compares
 * every file of it, the final weights among them, with those of an uninterrupted run. Timings alone may differ.
 *
 *   node --import tsx bench/killAndResume.ts [--recipe sppo] [--kills 20] [--prompts 100] [--seed 1] [--out runs/kill-and-resume]
 *
 * Each start of the run gets a moment, drawn evenly from the time that the uninterrupted run took. A run that ends before its moment is
 * compared, and the next one begins anew, until as many kills have been made; the last run is then let through. The policy has one
 * layer and random weights, and XLA compiles without optimization (unless XLA_FLAGS is set), so that a run takes less than a minute and
 * few of the moments fall into compiling. `--prompts` are those of a round: 24 are enough where each step samples.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { randomStream } from '../src/base/seed.ts';
import { environment } from './environment.ts';
import { differingFiles } from './resume/differingFiles.ts';
import { KILL_SIZES, killSettings } from './resume/killSettings.ts';
import { runHashes } from './resume/runHashes.ts';
import { startRun } from './resume/startRun.ts';
import { writeSmallPolicy } from './resume/writeSmallPolicy.ts';
import { writeWorldFiles } from './world/writeWorldFiles.ts';

const { values } = parseArgs({
  options: {
    recipe: { type: 'string', default: 'sppo' },
    kills: { type: 'string', default: '20' },
    prompts: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'runs/kill-and-resume' },
  },
});
const [seed, kills, promptsPerRound] = [values.seed, values.kills, values.prompts].map(Number) as [
  number,
  number,
  number,
];
const folder = join(values.out, values.recipe);
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const machine = environment();
const { rounds, heldOut } = KILL_SIZES;
const files = await writeWorldFiles(folder, { seed, prompts: rounds * promptsPerRound, heldOut });
const policy = join(folder, 'policy');
await writeSmallPolicy(policy, seed);
const settings = killSettings(values.recipe, files, policy, promptsPerRound);
const terms = ['run', values.recipe, ...settings.flatMap((setting) => ['--set', setting]), '--seed', values.seed];

const whole = join(folder, 'whole');
const uninterrupted = await startRun([...terms, '--out', whole]);
if (uninterrupted.code !== 0) throw new Error(`The uninterrupted run failed:\n${uninterrupted.output}`);
const expected = await runHashes(whole);
console.log(`nashtune ${terms.join(' ')}`);
console.log(`uninterrupted: ${uninterrupted.seconds.toFixed(1)} s, ${expected.size} files`);

const random = randomStream(seed, 'kills', values.recipe);
let killed = 0;
let compared = 0;
let differences = 0;
while (killed < kills || compared === 0) await playOne(join(folder, `killed-${compared + 1}`));
console.log(`\n${killed} kills, ${compared} runs resumed to their end, ${differences} files that differ`);
console.log(JSON.stringify({ recipe: values.recipe, seed, ...machine }));
process.exitCode = differences > 0 ? 1 : 0;

/** One run, killed and resumed until it ends before its moment, or no kill is left. */
async function playOne(out: string): Promise<void> {
  let resumed = 0;
  for (;;) {
    const moment = killed < kills ? random.uniform() * uninterrupted.seconds : undefined;
    const { code, seconds, output, lastLine } = await startRun([...terms, '--out', out, '--resume'], moment);
    if (code !== null) {
      if (code !== 0) throw new Error(`A run that was killed ${resumed} times did not go on:\n${output}`);
      break;
    }
    killed++;
    resumed++;
    console.log(`kill ${killed} after ${seconds.toFixed(2)} s: ${lastLine || 'before it said anything'}`);
  }
  compared++;
  const found = differingFiles(expected, await runHashes(out));
  differences += found.length;
  console.log(`run ${compared}, resumed ${resumed} times: ${found.length > 0 ? found.join(', ') : 'the same bytes'}`);
}

/**
 * Plays three rounds of SPPO, SPIN, INPO and iterative DPO in the quickstart's world, each by `nashtune run`, and prints how
 * often each wins over the base on held-out prompts, by the world's hidden rule and by the judge, with its KL to the base.
 * Below it says at which KL INPO and iterative DPO reach the same win rates.
 *
 *   node --import tsx bench/worldRecipes.ts [--seed 1] [--recipe inpo] [--out runs/world-recipes] [--json]
 *
 * `--seed` and `--recipe` may be repeated. A run takes 4 to 6 minutes on 2 cores, four a seed; stopped at any time, the same command goes on.
 * Tables go to the standard output, what the runs print to the standard error.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { environment } from './environment.ts';
import { klLines, roundLines, type PlayedRecipe } from './world/worldTables.ts';
import { readWorldRounds } from './world/readWorldRounds.ts';
import {
  HELD_OUT_PROMPTS,
  PROMPTS_PER_ROUND,
  ROUNDS,
  WORLD_SETTINGS,
  type WorldRecipe,
} from './world/worldSettings.ts';
import { writeWorldFiles, type WorldFiles } from './world/writeWorldFiles.ts';

const BIN = fileURLToPath(new URL('../src/cli/bin.js', import.meta.url));

const { values } = parseArgs({
  options: {
    seed: { type: 'string', multiple: true, default: ['1'] },
    recipe: { type: 'string', multiple: true, default: Object.keys(WORLD_SETTINGS) },
    out: { type: 'string', default: 'runs/world-recipes' },
    json: { type: 'boolean', default: false },
  },
});
const recipes = values.recipe.map((name) => {
  if (name in WORLD_SETTINGS) return name as WorldRecipe;
  throw new Error(`--recipe ${name}: expected one of ${Object.keys(WORLD_SETTINGS).join(', ')}.`);
});
const machine = environment();
const played: PlayedRecipe[] = [];
for (const seed of values.seed.map(Number)) {
  const folder = join(values.out, `seed-${seed}`);
  const files = await writeWorldFiles(folder, {
    seed,
    prompts: ROUNDS * PROMPTS_PER_ROUND,
    heldOut: HELD_OUT_PROMPTS,
  });
  for (const recipe of recipes) {
    const out = join(folder, recipe);
    play(recipe, seed, files, out);
    played.push({ recipe, seed, rounds: await readWorldRounds(out, files.heldOut) });
  }
}
if (values.json) console.log(JSON.stringify({ ...machine, played }));
else {
  console.log([...roundLines(played), '', ...klLines(played, 'inpo', 'iterative-dpo')].join('\n'));
  console.log(`\n${JSON.stringify(machine)}`);
}

/** Runs a recipe, or goes on with its run, until it is done. */
function play(recipe: WorldRecipe, seed: number, files: WorldFiles, out: string): void {
  const settings = {
    [recipe === 'spin' ? 'data.responses' : 'data.prompts']: files.train,
    'data.evaluation': files.heldOut,
    ...WORLD_SETTINGS[recipe],
    seed,
  };
  const terms = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const command = ['run', recipe, ...terms, '--out', out, '--resume'];
  console.error(`\nnashtune ${command.join(' ')}`);
  const { status, signal, error } = spawnSync(process.execPath, [BIN, ...command], { stdio: ['ignore', 2, 2] });
  if (error) throw error;
  if (status === 0) return;
  console.error(`worldRecipes: ${recipe} ended with ${signal ?? status}. The same command goes on where it stopped.`);
  process.exit(status ?? 1);
}

import { defineCommand } from '../command.ts';
import { parseDevice, parseThreads } from '../engineOptions.ts';

export const runCommand = defineCommand({
  usage: 'run <recipe>',
  summary: 'Run a recipe: one that comes with nashtune, or a file of yours',
  positionals: {
    recipe: {
      type: 'string',
      demandOption: true,
      describe: 'Name ("nashtune recipes" lists them) or path (./mine.ts)',
    },
  },
  options: {
    set: {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'Set one option of the recipe, such as --set rounds=2; may be repeated, the last one wins',
    },
    preset: { type: 'string', requiresArg: true, describe: 'Start from a named set of options of the recipe' },
    config: {
      type: 'string',
      requiresArg: true,
      describe: 'Take options from a YAML, JSON or TypeScript file; --set overrides it',
    },
    out: { type: 'string', requiresArg: true, describe: 'Folder for all output', defaultDescription: 'runs/<recipe>' },
    resume: { type: 'boolean', default: false, describe: 'Go on with the run in the output folder, if there is one' },
    force: {
      type: 'boolean',
      default: false,
      describe: 'Resume even where recipe, options or inputs have changed; run.json records what differs',
    },
    seed: { type: 'string', requiresArg: true, describe: 'Seed of all random numbers, as --set seed=...' },
    device: { type: 'string', requiresArg: true, default: 'auto', describe: 'auto, cpu, gpu or gpu:<number>' },
    threads: { type: 'number', requiresArg: true, describe: 'Threads of one operation', defaultDescription: 'all' },
    'dry-run': {
      type: 'boolean',
      default: false,
      describe: 'Print the options of the run, its sizes and its memory, and stop',
    },
  },
  examples: [
    ['$0 run quickstart', 'Improve a small policy by self-play, in minutes'],
    ['$0 run sppo --set policy=./my-model --set data.prompts=prompts.jsonl', 'Your own model and prompts'],
    ['$0 run sppo --config my.json --out runs/second --resume', 'Go on where a run was stopped'],
    ['$0 run ./my-recipe.ts --preset tiny --dry-run', 'Look at the options of a recipe of yours'],
  ],
  run: async (args, session) => {
    const device = parseDevice(args.device);
    const threads = parseThreads(args.threads);
    const { hashRecipeFile, resolveRecipe } = await import('../../recipe/resolveRecipe.ts');
    const { resolveConfig } = await import('../../recipe/resolveConfig.ts');
    const recipe = await resolveRecipe(args.recipe, session.builtins);
    const set = [...(args.set ?? []), ...(args.seed === undefined ? [] : [`seed=${args.seed}`])];
    const config = await resolveConfig(recipe, {
      preset: args.preset,
      file: args.config,
      environment: process.env,
      set,
      calledAs: args.recipe,
    });
    const { startEngine } = await import('../../engine/index.ts');
    const start = () => startEngine({ device, ...(threads === undefined ? {} : { threads }), onNotice: session.note });
    if (args['dry-run']) {
      session.printJson(config);
      if (recipe.plan) {
        await start();
        await recipe.plan(config, { signal: session.io.interruptSignal(), print: session.note });
      }
      return 0;
    }
    await start();
    const { runRecipe } = await import('../../recipe/runRecipe.ts');
    const result = await runRecipe(recipe, config, {
      out: args.out ?? `runs/${recipe.name}`,
      resume: args.resume,
      force: args.force,
      recipeHash: await hashRecipeFile(args.recipe, session.builtins),
      json: args.json,
      signal: session.io.interruptSignal(),
      print: args.json ? session.note : session.print,
      progress: session.status.update,
    });
    if (args.json) session.printJson(result);
    return 0;
  },
});

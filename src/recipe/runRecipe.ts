import { resolve } from 'node:path';

import type { DeviceName } from '../engine/startEngine.ts';
import type { Recipe, RecipeContext, RecipeSchema } from './defineRecipe.ts';
import { packageManifest } from './packageRoot.ts';
import { runLog } from './runLog.ts';
import type { z } from 'zod';

/** Where a recipe runs, and who listens. */
export interface RunRecipeOptions {
  /** Folder for all output. */
  out: string;
  /** Go on with the run found in `out`. Default false. */
  resume?: boolean | undefined;
  /** Resume even a run that differs from this one; what differs is recorded in its run.json. Default false. */
  force?: boolean | undefined;
  /** Names the content of the recipe's file. */
  recipeHash?: string | undefined;
  /** Aborting it stops the run after its current step, saved. */
  signal?: AbortSignal | undefined;
  /** Default `auto`. */
  device?: DeviceName | undefined;
  /** Threads of one operation. Default: the processors this process may use. */
  threads?: number | undefined;
  /** Default false. */
  json?: boolean | undefined;
  /** Receives lines of results. */
  print?: ((line: string) => void) | undefined;
  /** Receives what is going on now. */
  progress?: ((text: string) => void) | undefined;
  /** Receives one line when something is lost, such as the fallback to WebAssembly. Default: standard error. */
  onNotice?: ((line: string) => void) | undefined;
}

/**
 * Starts the engine and runs a recipe with a resolved configuration. What it prints also goes into `<out>.log`, beside the
 * folder, whose own files are the same however often a run was stopped.
 *
 * @returns what the recipe gave to `context.result`, an empty object when it gave nothing
 */
export async function runRecipe<Schema extends RecipeSchema>(
  recipe: Recipe<Schema>,
  config: z.output<Schema>,
  options: RunRecipeOptions,
): Promise<object> {
  const {
    out,
    resume = false,
    force = false,
    recipeHash,
    signal = new AbortController().signal,
    json = false,
  } = options;
  const { print = () => undefined, progress = () => undefined, device, threads, onNotice } = options;
  const { startEngine } = await import('../engine/index.ts');
  await startEngine({
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(onNotice === undefined ? {} : { onNotice }),
  });
  signal.throwIfAborted();
  const log = runLog(resolve(out));
  let result: object = {};
  const context: RecipeContext = {
    recipeName: recipe.name,
    version: packageManifest().version,
    out: resolve(out),
    resume,
    force,
    recipeHash,
    signal,
    json,
    print: (line) => {
      print(line);
      log.line(line);
    },
    progress: (text) => {
      progress(text);
      log.now(text);
    },
    result: (value) => void (result = value),
  };
  await recipe.run(config, context);
  return result;
}

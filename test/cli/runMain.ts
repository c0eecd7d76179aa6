import type { BuiltinRecipes } from '../../src/recipe/resolveRecipe.ts';
import { main } from '../../src/cli/main.ts';
import { tinyRecipe } from '../recipe/tinyRecipe.ts';

/** What a command line left behind. */
export interface MainOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const TINY: BuiltinRecipes = { tiny: async () => ({ default: tinyRecipe }) };

/**
 * Runs a command line in this process, with the recipe `tiny` as the only one that has a name.
 *
 * @param interrupt aborted when the user presses Ctrl-C during a run
 */
export async function runMain(argv: readonly string[], interrupt = new AbortController()): Promise<MainOutcome> {
  let [stdout, stderr] = ['', ''];
  const exitCode = await main(
    argv,
    {
      stdout: { write: (text) => (stdout += text), columns: 100 },
      stderr: { write: (text) => (stderr += text) },
      interruptSignal: () => interrupt.signal,
    },
    TINY,
  );
  return { exitCode, stdout, stderr };
}

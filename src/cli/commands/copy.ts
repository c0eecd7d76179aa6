import { readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { defineCommand } from '../command.ts';

export const copyCommand = defineCommand({
  usage: 'copy <recipe> [target]',
  summary: 'Copy a recipe into your project, to change it',
  positionals: {
    recipe: { type: 'string', demandOption: true, describe: 'Name of a recipe that comes with nashtune' },
    target: { type: 'string', describe: 'File or existing folder', defaultDescription: './<recipe>.ts' },
  },
  options: {},
  examples: [
    ['$0 copy sppo', 'Make ./sppo.ts'],
    ['$0 copy sppo recipes/mine.ts', 'Make a file of another name'],
  ],
  run: async (args, session) => {
    const { didYouMean } = await import('../../base/closest.ts');
    const { packageRoot } = await import('../../recipe/packageRoot.ts');
    const names = Object.keys(session.builtins);
    if (!names.includes(args.recipe)) {
      const meant = didYouMean(args.recipe, names);
      throw new UserError('recipe.unknown', `Unknown recipe "${args.recipe}".${meant} Recipes: ${names.join(', ')}.`);
    }
    const file = `${args.recipe}.ts`;
    const path = await targetPath(args.target ?? '.', file);
    await writeNew(path, await readFile(join(packageRoot(), 'recipes', file), 'utf8'));
    if (args.json) session.printJson({ recipe: args.recipe, path });
    else session.print(`Copied ${args.recipe} to ${path}. Run it with: nashtune run ./${relative('.', path)}`);
    return 0;
  },
});

async function targetPath(target: string, file: string): Promise<string> {
  const isFolder = await stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? join(target, file) : target;
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST'
        ? 'the file exists'
        : code === 'ENOENT'
          ? 'its folder does not exist'
          : `cannot write (${code})`;
    throw new UserError('copy.target', `Copy to "${path}": ${why}. Choose another target.`, { cause: error });
  }
}

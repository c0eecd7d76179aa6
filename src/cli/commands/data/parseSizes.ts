import { UserError } from '../../../base/userError.ts';
import { REST, type Sizes } from './splitSides.ts';

/** Reads `--shares` or `--counts`: one of them is given. */
export function parseSizes(shares: string | undefined, counts: string | undefined): Sizes {
  if ((shares === undefined) === (counts === undefined)) {
    throw new UserError(
      'cli.usage',
      `Expected --shares train=0.95,test=0.05 or --counts test=500, found ${shares === undefined ? 'neither' : 'both'}. Give one of them.`,
    );
  }
  if (shares !== undefined) {
    const sizes = parseList('--shares', shares, 'a number above 0', (share) => share > 0);
    const total = Object.values(sizes).reduce((sum, share) => sum + share, 0);
    if (Math.abs(total - 1) < 1e-9) return { shares: sizes };
    throw new UserError('cli.usage', `--shares: expected numbers that add up to 1, got ${shares} (together ${total}).`);
  }
  const sizes = parseList(
    '--counts',
    counts!,
    'a whole number above 0',
    (count) => Number.isSafeInteger(count) && count > 0,
  );
  if (!Object.hasOwn(sizes, REST)) return { counts: sizes };
  throw new UserError(
    'cli.usage',
    `--counts: expected no count for "${REST}", which gets the other rows. Leave it out.`,
  );
}

function parseList(
  option: string,
  text: string,
  expected: string,
  isRight: (size: number) => boolean,
): Record<string, number> {
  const sizes = new Map<string, number>();
  for (const part of text.split(',')) {
    // Names become names of files.
    const [, name, size] = /^([\w.-]*\w)=(.+)$/.exec(part.trim()) ?? [];
    if (name === undefined || !isRight(Number(size))) {
      throw new UserError(
        'cli.usage',
        `${option}: expected name=${expected}, got "${part}". Such as test=${option === '--shares' ? 0.05 : 500}.`,
      );
    }
    if (sizes.has(name))
      throw new UserError('cli.usage', `${option}: "${name}" is given more than once. Give it once.`);
    sizes.set(name, Number(size));
  }
  return Object.fromEntries(sizes);
}

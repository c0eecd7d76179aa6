import { UserError } from '../../../base/userError.ts';
import type { AnnotationArguments } from './annotationsOf.ts';

const OF_POLICY = ['name', 'adapter', 'tokenizer', 'max-new-tokens'] as const;

/**
 * Refuses options that would change nothing.
 *
 * @throws {UserError} when options of `--policy` stand without it, or `--max-instances` where nothing is judged
 */
export function refuseLoneOptions(args: AnnotationArguments): void {
  const judgesNow = args.outputs !== undefined || args.policy !== undefined;
  const lone = [
    ...OF_POLICY.filter((name) => args.policy === undefined && args[name] !== undefined).map((name) => [
      name,
      '--policy',
    ]),
    ...(judgesNow || args['max-instances'] === undefined ? [] : [['max-instances', '--outputs or --policy']]),
  ];
  if (lone.length === 0) return;
  const found = lone.map(([name, missing]) => `--${name}: expected ${missing} with it, found none.`);
  throw new UserError('cli.usage', `${found.join('\n')}\nLeave out what stands alone, or add what it belongs to.`);
}

import type { Annotations } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import type { Session } from '../../command.ts';
import type { JudgeArguments } from '../../judges/judgeOptions.ts';
import { refuseLoneOptions } from './refuseLoneOptions.ts';
import type { SamplingArguments } from './samplingOptions.ts';

export interface AnnotationArguments extends JudgeArguments, SamplingArguments {
  annotations?: string | undefined;
  outputs?: string | undefined;
  reference?: string | undefined;
  judge: string;
  out?: string | undefined;
  name?: string | undefined;
  'max-instances'?: number | undefined;
}

/**
 * The annotations that a command line names: those in a file, or of outputs that are judged now, drawn from a policy or not.
 *
 * @throws {UserError} when it names none or several
 */
export async function annotationsOf(args: AnnotationArguments, session: Session): Promise<Annotations> {
  const { annotations, outputs, policy, reference, out } = args;
  if (outputs !== undefined && policy !== undefined) {
    throw new UserError('cli.usage', '--outputs and --policy: expected one of them, got both. Leave one out.');
  }
  refuseLoneOptions(args);
  const judgesNow = outputs !== undefined || policy !== undefined;
  if (annotations !== undefined && !judgesNow && reference === undefined) {
    const { readAnnotations } = await import('../../../../bench/index.ts');
    return readAnnotations(annotations);
  }
  if (annotations !== undefined || !judgesNow || reference === undefined || out === undefined) {
    throw new UserError(
      'cli.usage',
      'Expected --annotations alone, of outputs that are judged; or --outputs, --reference and --out to judge them now; or ' +
        '--policy in the place of --outputs to draw them first.',
    );
  }
  const { judgeOutputs } = await import('./judgeOutputs.ts');
  return judgeOutputs({ ...args, reference, out }, session);
}

import type { Annotations } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import type { Session } from '../../command.ts';
import type { JudgeArguments } from '../../judges/judgeOptions.ts';

export interface AnnotationArguments extends JudgeArguments {
  annotations?: string | undefined;
  outputs?: string | undefined;
  reference?: string | undefined;
  judge: string;
  out?: string | undefined;
}

/**
 * The annotations that a command line names: those in a file, or of outputs that are judged now.
 *
 * @throws {UserError} when it names neither or both
 */
export async function annotationsOf(args: AnnotationArguments, session: Session): Promise<Annotations> {
  const { annotations, outputs, reference, out } = args;
  if (annotations !== undefined && outputs === undefined && reference === undefined) {
    const { readAnnotations } = await import('../../../../bench/index.ts');
    return readAnnotations(annotations);
  }
  if (annotations !== undefined || outputs === undefined || reference === undefined || out === undefined) {
    throw new UserError(
      'cli.usage',
      'Expected --annotations alone, of outputs that are judged, or --outputs, --reference and --out to judge them now.',
    );
  }
  const { judgeOutputs } = await import('./judgeOutputs.ts');
  return judgeOutputs({ ...args, outputs, reference, out }, session);
}

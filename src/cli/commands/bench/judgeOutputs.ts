import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Annotations } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import type { Session } from '../../command.ts';
import { checkWhole } from '../data/checkWhole.ts';
import type { AnnotationArguments } from './annotationsOf.ts';
import { drawOutputs } from './drawOutputs.ts';

/** With either `outputs` or `policy`. */
export interface JudgeOutputsArguments extends AnnotationArguments {
  reference: string;
  out: string;
}

/**
 * Has a judge compare a model's outputs with those of a reference, and keeps the annotations in the folder `out`; outputs of
 * a policy are drawn there first. What stands there already, from a run that was stopped or of fewer outputs, is neither
 * drawn nor asked again.
 *
 * @throws {UserError} when the files do not belong together, or no output got a verdict
 */
export async function judgeOutputs(args: JudgeOutputsArguments, session: Session): Promise<Annotations> {
  const { annotate, fetchReference, matchOutputs, OFFICIAL_REFERENCE, readAnnotations, readModelOutputs } =
    await import('../../../../bench/index.ts');
  const { createJudgmentStore, withStore } = await import('../../../judges/index.ts');
  const { openJudge } = await import('../../judges/openJudge.ts');
  const most = args['max-instances'];
  const first = most === undefined ? undefined : checkWhole('--max-instances', most, 1);
  const given = args.outputs === undefined ? undefined : await readModelOutputs(args.outputs);
  const fetching = { signal: session.io.interruptSignal() };
  const against = args.reference === OFFICIAL_REFERENCE ? await fetchReference(args.out, fetching) : args.reference;
  const reference = await readModelOutputs(against);
  const path = join(args.out, 'annotations.json');
  const known = existsSync(path) ? (await readAnnotations(path)).rows : [];
  // What is wrong with the judge is told before answers are drawn for hours; then it makes room for the policy.
  if (!given) (await openJudge(args.judge, { args, session })).dispose();
  const drawn = await drawOutputs(reference, { ...args, first }, session);
  const outputs = given ?? (await readModelOutputs(drawn!.path));
  const { matched, warnings } = matchOutputs(outputs, reference, { first });
  const names = { model: outputs.generator, baseline: reference.generator };
  const store = await createJudgmentStore(join(args.out, 'judgments.store'));
  try {
    const judge = withStore(await openJudge(args.judge, { args, session, store }), store);
    try {
      const signal = session.io.interruptSignal();
      const onProgress = (done: number, total: number): void =>
        session.status.update(`${args.judge}: ${done} of ${total} outputs`);
      const { rows, failed } = await annotate(judge, matched, names, { known, signal, onProgress });
      await writeFileAtomic(path, `${JSON.stringify(rows, null, 2)}\n`);
      if (failed === rows.length) {
        const reason = typeof rows[0]?.['error'] === 'string' ? rows[0]['error'] : 'no reason given';
        throw new UserError(
          'judge.allFailed',
          `--judge "${args.judge}": expected verdicts on ${rows.length} outputs, found none: ${reason}. Mend the judge.`,
        );
      }
      const failures = failed > 0 ? [`${failed} of ${rows.length} annotations failed and count nowhere`] : [];
      return { rows, ...names, annotator: judge.id, warnings: [...(drawn?.warnings ?? []), ...warnings, ...failures] };
    } finally {
      judge.dispose();
    }
  } finally {
    await store.close();
  }
}

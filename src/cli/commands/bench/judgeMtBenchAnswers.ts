import type { MissingAnswers, MtBenchAnswers, MtBenchFiles, MtBenchJudgments } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import type { Judge } from '../../../judges/index.ts';
import type { Session } from '../../command.ts';
import type { JudgeArguments } from '../../judges/judgeOptions.ts';
import { withJudgments } from './samplesOptions.ts';

export interface JudgeMtBenchArguments extends Omit<JudgeArguments, 'references'> {
  /** Who judges. */
  spec: string;
  /** Whether pairs are compared by a judge that grades, too. */
  pairs: boolean;
  baseline?: string | undefined;
  store?: string | undefined;
}

/** Judgments made now. */
export interface MtBenchJudged extends MtBenchJudgments {
  judge: string;
  missing: readonly MissingAnswers[];
}

/**
 * Has a judge grade the answers, or compare those of every two models: it does the latter where a baseline or pairs are asked
 * for, or where it cannot grade.
 *
 * @throws {UserError} when there are no pairs to compare, the judge shows no references that are given, or it judged nothing
 */
export async function judgeMtBenchAnswers(
  files: MtBenchFiles,
  { spec, pairs: inPairs, baseline, ...args }: JudgeMtBenchArguments,
  session: Session,
): Promise<MtBenchJudged> {
  const { comparePairs, gradeAnswers, pairAnswers, readMtBenchAnswers } = await import('../../../../bench/index.ts');
  const read = await readMtBenchAnswers(files);
  const asked = inPairs || baseline !== undefined ? pairAnswers(read.answers, baseline) : null;
  const { openJudge } = await import('../../judges/openJudge.ts');
  const { isScoring } = await import('../../judges/scoreSamples.ts');
  const { withStore } = await import('../../../judges/index.ts');
  return withJudgments(args, session, async (context) => {
    const opened = await openJudge(spec, { ...context, mtBenchReferences: read.references ?? undefined });
    const judge = context.store ? withStore(opened, context.store) : opened;
    const judging = {
      signal: session.io.interruptSignal(),
      onProgress: (done: number, total: number): void =>
        session.status.update(`${spec}: ${done} of ${total} questions`),
    };
    try {
      const { single, pairs, errors } =
        isScoring(judge) && !asked
          ? { pairs: [], ...(await gradeAnswers(judge, read.answers, judging)) }
          : { single: [], ...(await comparePairs(judge, asked ?? pairAnswers(read.answers), judging)) };
      const failed = failuresOf(spec, errors, single.length + pairs.length);
      const warnings = [...missingOf(read.missing), ...failed, ...unreferencedBy(judge, read)];
      return { single, pairs, missing: read.missing, judge: judge.id, warnings };
    } finally {
      judge.dispose();
      session.status.clear();
    }
  });
}

function failuresOf(spec: string, errors: readonly string[], judged: number): string[] {
  if (errors.length === 0) return [];
  if (errors.length < judged) {
    return [`${errors.length} of ${judged} judgments failed and count nowhere: ${errors[0]}`];
  }
  throw new UserError(
    'judge.allFailed',
    `--judge "${spec}": expected ${judged} judgments, found none: ${errors[0]}. Mend the judge.`,
  );
}

function missingOf(models: readonly MissingAnswers[]): string[] {
  return models.map(
    ({ model, expected, missing }) =>
      `"${model}" has no answer to ${missing.length} of ${expected} turns; they count nowhere`,
  );
}

/** What keeps judgments by MT-Bench's prompts from being comparable with FastChat's. */
function unreferencedBy({ id }: Judge, { unreferenced }: MtBenchAnswers): string[] {
  if (unreferenced === 0 || !/mt-bench-(pair|single)\(/.test(id)) return [];
  return [
    `the judge saw no reference answers to ${unreferenced} questions of mathematics, reasoning or coding, as FastChat's ` +
      'does: give --references',
  ];
}

import { UserError } from '../../base/userError.ts';
import type { Judge } from '../../judges/index.ts';
import { languageModelOptions } from './languageModelOptions.ts';
import type { JudgeContext } from './openJudge.ts';

/**
 * A judge in hindsight of what the model that `spec` names imagines. Disposing it frees that model and the judge.
 *
 * @throws {UserError} when it names none
 */
export async function openHindsight(judge: Judge, spec: string, context: JudgeContext): Promise<Judge> {
  const { createOutcomeSimulator, MODEL_KINDS, openLanguageModel, withHindsight } =
    await import('../../judges/index.ts');
  const [, kind, name] = /^([^:]*):(.+)$/s.exec(spec) ?? [];
  const where = MODEL_KINDS.find((one) => one === kind);
  if (!where || !name) {
    throw new UserError(
      'judge.options',
      `--hindsight: expected openai:<model> or policy:<folder>, found "${spec}". Name a model that imagines outcomes.`,
    );
  }
  const { model, dispose } = await openLanguageModel(where, name, languageModelOptions(context));
  const judging = withHindsight(judge, createOutcomeSimulator(model));
  return {
    ...judging,
    dispose: () => {
      judging.dispose();
      dispose();
    },
  };
}

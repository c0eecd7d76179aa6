import { randomStream } from '../base/seed.ts';
import { trainingDialogues, type Dialogue } from './answers.ts';
import { worldPrompts, type WorldPrompts } from './prompts.ts';

/** The seed of the shipped world: its split into prompts seen in training and held out belongs to the base policy. */
export const WORLD_SEED = 1;

/** Dialogues on which the base policy was trained. */
const DIALOGUES = 20_000;

/** The prompts of the shipped world: those of the base policy's training, and those it never saw. */
export function shippedPrompts(): WorldPrompts {
  return worldPrompts(WORLD_SEED);
}

/** The dialogues on which the base policy was trained. */
export function shippedDialogues(): Dialogue[] {
  return trainingDialogues(shippedPrompts().train, DIALOGUES, randomStream(WORLD_SEED, 'dialogues'));
}

/** Share of answers that stand word for word in the base policy's training data. */
export function shareSeenInTraining(answers: readonly string[]): number {
  const seen = new Set(shippedDialogues().map(({ answer }) => answer));
  return answers.filter((answer) => seen.has(answer)).length / answers.length;
}

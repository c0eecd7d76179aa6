import type { z } from 'zod';

import type { LoopContext } from '../loop.ts';
import type { JsonObject } from '../manifest.ts';
import type { judgeOptions, policyOptions } from '../options/policyOptions.ts';
import type { promptOptions } from '../options/promptOptions.ts';
import type { roundOptions } from '../options/roundOptions.ts';
import type { samplingOptions } from '../options/samplingOptions.ts';
import type { trainingOptions } from '../options/trainingOptions.ts';

/** A recipe without options for rounds plays one, from the base. */
const ONE_ROUND = {
  rounds: 1,
  reference: 'base',
  emaDecay: 0.5,
  start: 'previous',
  history: 'none',
  measureAgainst: 'all',
  keepBest: false,
  stop: {},
} as const satisfies Rounds;

/** The configuration of a recipe with what its options leave out. */
export function withRounds(config: PolicyLoopOptions): PolicyLoopConfig {
  return { ...ONE_ROUND, ...config };
}

type Rounds = Values<ReturnType<typeof roundOptions>>;
type Data = Values<ReturnType<typeof promptOptions>>;

type Others = Values<typeof policyOptions> &
  Values<typeof judgeOptions> & {
    /** A recipe that trains on a dataset has its prompts from there. */
    data: Partial<Data> & Pick<Data, 'adapter' | 'evaluationPrompts' | 'format'>;
    sampling: z.output<ReturnType<typeof samplingOptions>>;
    train: z.output<ReturnType<typeof trainingOptions>>;
  } & JsonObject;

export type PolicyLoopConfig = Others & Rounds;

/** What `withPolicyLoop` reads of a recipe's configuration: the sections made by the functions of their names. */
export type PolicyLoopOptions = Others & Partial<Rounds>;

type Values<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** What a recipe is told about its run; every recipe's context is one. */
export interface RecipeRun extends LoopContext {
  readonly recipeName: string;
  readonly version: string;
  readonly result: (value: object) => void;
}

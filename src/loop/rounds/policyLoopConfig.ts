import type { z } from 'zod';

import type { LoopContext } from '../loop.ts';
import type { JsonObject } from '../manifest.ts';
import type { judgeOptions, policyOptions } from '../options/policyOptions.ts';
import type { promptOptions } from '../options/promptOptions.ts';
import type { roundOptions } from '../options/roundOptions.ts';
import type { samplingOptions } from '../options/samplingOptions.ts';
import type { trainingOptions } from '../options/trainingOptions.ts';

/** What `withPolicyLoop` reads of a recipe's configuration: the sections made by the functions of their names. */
export type PolicyLoopConfig = Values<typeof policyOptions> &
  Values<typeof judgeOptions> &
  Values<ReturnType<typeof roundOptions>> & {
    data: Values<ReturnType<typeof promptOptions>>;
    sampling: z.output<ReturnType<typeof samplingOptions>>;
    train: z.output<ReturnType<typeof trainingOptions>>;
  } & JsonObject;

type Values<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** What a recipe is told about its run; every recipe's context is one. */
export interface RecipeRun extends LoopContext {
  readonly recipeName: string;
  readonly version: string;
  readonly result: (value: object) => void;
}

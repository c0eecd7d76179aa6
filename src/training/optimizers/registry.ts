import type { Parameter } from '../../engine/index.ts';
import { createAdafactor, type AdafactorOptions } from './adafactor.ts';
import { createAdamW, type AdamWOptions } from './adamW.ts';
import { createLion, type LionOptions } from './lion.ts';
import type { Optimizer } from './optimizer.ts';
import { createRmsProp, type RmsPropOptions } from './rmsProp.ts';
import { createSgd, type SgdOptions } from './sgd.ts';

/** An optimizer by name, with its options. */
export type OptimizerSettings =
  | ({ name: 'adamw' } & AdamWOptions)
  | ({ name: 'adafactor' } & AdafactorOptions)
  | ({ name: 'rmsprop' } & RmsPropOptions)
  | ({ name: 'lion' } & LionOptions)
  | ({ name: 'sgd' } & SgdOptions);

export type OptimizerName = OptimizerSettings['name'];

/** Every optimizer by its name in recipes. */
export const OPTIMIZERS: {
  readonly [N in OptimizerName]: (
    parameters: ReadonlyMap<string, Parameter>,
    options: Extract<OptimizerSettings, { name: N }>,
  ) => Optimizer;
} = {
  adamw: createAdamW,
  adafactor: createAdafactor,
  rmsprop: createRmsProp,
  lion: createLion,
  sgd: createSgd,
};

/**
 * Makes an optimizer by name, with its state at zero.
 *
 * @throws {RangeError} for an unknown name or an option out of its range
 */
export function createOptimizer(parameters: ReadonlyMap<string, Parameter>, settings: OptimizerSettings): Optimizer {
  if (!Object.hasOwn(OPTIMIZERS, settings.name)) {
    throw new RangeError(
      `createOptimizer: name must be one of ${Object.keys(OPTIMIZERS).join(', ')}, got ${settings.name}. Choose one of them.`,
    );
  }
  const create = OPTIMIZERS[settings.name] as (p: typeof parameters, options: OptimizerSettings) => Optimizer;
  return create(parameters, settings);
}

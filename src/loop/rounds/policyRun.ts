import type { ScoreRow } from '../../../datasets/index.ts';
import type { Loop } from '../loop.ts';
import type { SampleStageOptions } from '../sampleStage.ts';
import type { LossOptions, Trainer } from '../../training/index.ts';
import type { Players } from './players.ts';
import type { PolicyLoopConfig } from './policyLoopConfig.ts';
import type { ReferencePolicy } from './reference.ts';

/** The state of a run between its rounds. */
export interface PolicyRun {
  readonly loop: Loop;
  readonly config: PolicyLoopConfig;
  readonly players: Players;
  readonly trainer: Trainer;
  /** Puts a trainer with other options of the loss in place of the present one, which costs a compilation. */
  setLossOptions(lossOptions: LossOptions): void;
  readonly reference: ReferencePolicy;
  /** How answers are drawn, with the policy's present hash. */
  drawing(): Omit<SampleStageOptions, 'prompts'>;
  /** Names the policy's present weights. */
  policyHash: string;
  /** Folder of these weights. */
  policyFolder: string;
  /** Training steps so far. */
  steps: number;
  /** What a round counted, to be measured with it. */
  counts: Record<string, number>;
  /** The last scores of the round's answers. */
  scores: readonly ScoreRow[] | undefined;
  /** How much the answers to a prompt differed when it was last judged. */
  readonly gaps: Map<string, number>;
}

import { commonTerms } from './commonTerms.ts';
import type { RowMaterials } from './peerRows.ts';
import type { TrainTableJob } from './peerTableJob.ts';

const WARM_UP = 3;

/** A job of DPO steps. */
export function trainTableJob(
  materials: RowMaterials,
  own: Pick<TrainTableJob, 'precision' | 'pairs' | 'batchSize' | 'maxLength' | 'layout' | 'liger'>,
): TrainTableJob {
  return {
    ...commonTerms(materials, own.precision),
    kind: 'train',
    loss: 'sigmoid',
    beta: 0.1,
    learningRate: 1e-6,
    warmUp: WARM_UP,
    recompute: false,
    ...own,
  };
}

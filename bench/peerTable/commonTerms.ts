import { availableParallelism } from 'node:os';

import type { RowMaterials } from './peerRows.ts';
import type { PeerTableJob } from './peerTableJob.ts';

/** What every job says; no row is padded but with token 0. */
export function commonTerms(
  { model, seed, device }: Pick<RowMaterials, 'model' | 'seed' | 'device'>,
  precision: PeerTableJob['precision'],
): Omit<PeerTableJob, 'kind'> {
  return { model, precision, seed, device, threads: availableParallelism(), padToken: 0 };
}

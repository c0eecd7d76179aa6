import { alignColumns } from '../../src/cli/drawing/alignColumns.ts';
import type { PeerComparison } from '../comparePeer.ts';

/** Seconds of each stage on both sides, and of all; undefined for work of one part. */
export function stageTable({ ours, peer }: Pick<PeerComparison, 'ours' | 'peer'>): string | undefined {
  const [left, right] = [ours.stages, peer.stages];
  if (!left || !right) return undefined;
  const stages = Object.keys(left).map((stage) => line(stage, left[stage]!, right[stage]!));
  return alignColumns([['stage', 'ours', 'peer', 'ratio'], ...stages, line('all', sum(left), sum(right))], [1, 2, 3]);
}

function line(name: string, ours: number, peer: number): string[] {
  return [name, ours.toFixed(1), peer.toFixed(1), (peer / ours).toFixed(2)];
}

function sum(stages: Readonly<Record<string, number>>): number {
  return Object.values(stages).reduce((a, b) => a + b, 0);
}

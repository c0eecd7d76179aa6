import type { ExampleBatch, TokenBatch } from '../../datasets/index.ts';

/** Log-probabilities of all real examples of a batch, [sequences, length] each, sequences by completion, then example. */
export interface GatheredLogProbs {
  logProbs: Float32Array;
  mask: Float32Array;
  sequences: number;
  length: number;
  /** By completion, then example. */
  sums: Float32Array[];
}

/** @param parts [S, L] of each micro-batch */
export function gatherLogProbs(batch: ExampleBatch, parts: readonly Float32Array[], sides: number): GatheredLogProbs {
  const examples = batch.indices.length;
  const length = Math.max(...batch.microBatches.map(countedLength));
  const logProbs = new Float32Array(sides * examples * length);
  const mask = new Float32Array(logProbs.length);
  batch.microBatches.forEach((micro, i) => {
    eachSequence(micro, sides, (from, side, example) => {
      const to = (side * examples + example) * length;
      const own = countedLength(micro);
      logProbs.set(parts[i]!.subarray(from * own, (from + 1) * own), to);
      mask.set(micro.mask.subarray(from * own, (from + 1) * own), to);
    });
  });
  const sums = Array.from({ length: sides }, (_, side) =>
    Float32Array.from({ length: examples }, (_row, example) => {
      const start = (side * examples + example) * length;
      let sum = 0;
      for (let at = start; at < start + length; at++) sum += logProbs[at]!;
      return sum;
    }),
  );
  return { logProbs, mask, sequences: sides * examples, length, sums };
}

/** The part of the gradients, [sequences, length] of the whole batch, that belongs to a micro-batch; 0 for filler. */
export function scatterGradients(micro: TokenBatch, gradients: Float32Array, whole: GatheredLogProbs): Float32Array {
  const own = countedLength(micro);
  const part = new Float32Array(micro.sequences * own);
  const sides = micro.sequences / micro.slots;
  eachSequence(micro, sides, (to, side, example) => {
    const from = ((side * whole.sequences) / sides + example) * whole.length;
    part.set(gradients.subarray(from, from + own), to * own);
  });
  return part;
}

function eachSequence(
  { members, slots }: TokenBatch,
  sides: number,
  visit: (sequence: number, side: number, example: number) => void,
): void {
  for (let side = 0; side < sides; side++) {
    members.forEach((example, slot) => visit(side * slots + slot, side, example));
  }
}

const countedLength = ({ places, sequences }: TokenBatch): number => places.length / sequences;

import { UserError } from '../base/userError.ts';
import { availableMemory } from '../engine/index.ts';
import { weightSpecs } from './decoder.ts';
import type { DecoderConfig } from './decoderConfig.ts';
import { causalScores } from './layers/attention.ts';
import { loraSchema, targetsOf, type LoraConfig } from './lora/loraConfig.ts';

/** Work that a memory plan is made for. */
export interface PlannedWork {
  config: DecoderConfig;
  /** Models of this size in memory at the same time, such as a base beside the policy. Default 1. */
  models?: number;
  /** Bytes of a weight in memory; 2 for frozen bfloat16. Default 4. */
  weightBytes?: 2 | 4;
  training?: {
    /** Sequences computed at once: two for each pair. */
    sequences: number;
    /** Tokens of the longest batch's rows. */
    length: number;
    lora?: Partial<LoraConfig>;
    /** Whether a step takes several such pieces, whose gradients are summed. */
    pieces?: boolean;
    /** Whether the backward pass computes the inside of each layer again. */
    recompute?: boolean | undefined;
    /** Option that makes a step smaller, for the error. */
    option: string;
  };
  generation?: {
    /** Rows decoded together. */
    rows: number;
    /** Slots of a row's cache, which are more than its tokens (`cacheLength` of sampling); of rows that are scored, tokens. */
    length: number;
    /** Option that makes a batch smaller, for the error. */
    option: string;
  };
}

/** A part of the memory that work needs, in bytes. */
export interface MemoryPart {
  what: string;
  bytes: number;
  /** What makes it smaller. */
  advice: string;
}

export interface MemoryPlan {
  parts: MemoryPart[];
  /** Most that is needed at a time: generation and training take turns. */
  peakBytes: number;
}

const FLOAT = 4;
/** Layers' worth of activations in a layer that is computed again, forward and backward; fitted as `KEPT` is. */
const RECOMPUTED = 5;
/** Node.js, TensorFlow's library and compiled code. */
const RUNTIME_BYTES = 600e6;
/** Rows of logits that exist at a time in training, and copies of them. */
const LOGIT_ROWS = 512;
const LOGIT_COPIES = 3;
/**
 * Numbers kept per token and layer in training, in units of the hidden size, of the feed-forward size and of the
 * attention matrix; fitted to the measured peak of `nashtune bench train`.
 */
const KEPT = { hidden: 10, intermediate: 4, scores: 3 };

/**
 * What work will take at most: weights, gradients and optimizer, activations of the longest batch, the cache of keys and
 * values. An estimate, on the safe side, for AdamW in float32.
 */
export function planMemory(work: PlannedWork): MemoryPlan {
  const { config, models = 1, weightBytes = FLOAT, training, generation } = work;
  const weights = weightSpecs(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lasting: MemoryPart[] = [
    { what: 'Node.js and TensorFlow', bytes: RUNTIME_BYTES, advice: 'close other programs' },
    {
      what: `weights${models > 1 ? ` of ${models} models` : ''}`,
      bytes: models * weights * weightBytes,
      advice: 'take a smaller model',
    },
  ];
  const trainingParts = training ? partsOfTraining(config, weights, training) : [];
  const generationParts = generation ? partsOfGeneration(config, generation) : [];
  const [trainingBytes, generationBytes] = [trainingParts, generationParts].map(total) as [number, number];
  // The optimizer stays while the policy generates.
  const kept = trainingParts.filter(({ what }) => what === OPTIMIZER);
  return {
    parts: [...lasting, ...trainingParts, ...generationParts],
    peakBytes: total(lasting) + Math.max(trainingBytes, generationBytes + total(kept)),
  };
}

const OPTIMIZER = 'optimizer state';

function partsOfTraining(
  config: DecoderConfig,
  weights: number,
  { sequences, length, lora, pieces = false, recompute = false, option }: NonNullable<PlannedWork['training']>,
): MemoryPart[] {
  const trained = lora ? adapterSize(config, lora) : weights;
  const tokens = sequences * length;
  const { hidden, intermediate, scores } = KEPT;
  const perToken = hidden * config.hiddenSize + intermediate * config.intermediateSize;
  const attention = scores * sequences * config.heads * causalScores(length);
  const count = config.architecture.layers.length;
  const inside = tokens * perToken + attention;
  // Computed again, the inside of one layer exists at a time, and the input of each.
  const layers = recompute ? RECOMPUTED * inside + count * tokens * config.hiddenSize : count * inside;
  const logits = LOGIT_COPIES * Math.min(tokens, LOGIT_ROWS) * config.vocabSize;
  const smaller = lora ? 'lower the rank of the adapter' : 'train an adapter (LoRA) instead of all weights';
  return [
    { what: OPTIMIZER, bytes: 2 * trained * FLOAT, advice: smaller },
    // Gradients, and the new values before they take the place of the old ones.
    { what: 'gradients and update', bytes: (pieces ? 5 : 4) * trained * FLOAT, advice: smaller },
    {
      what: `activations of ${sequences} x ${length} tokens`,
      bytes: (layers + logits) * FLOAT,
      advice: recompute ? `lower ${option}` : `lower ${option}, or compute activations again (recompute)`,
    },
  ];
}

function partsOfGeneration(
  config: DecoderConfig,
  { rows, length, option }: NonNullable<PlannedWork['generation']>,
): MemoryPart[] {
  const perToken = 2 * config.architecture.layers.length * config.keyValueHeads * config.headSize;
  // A compiled loop returns a new cache while it still has the old one.
  return [
    {
      what: `cache of ${rows} x ${length} tokens`,
      bytes: 2 * rows * length * perToken * FLOAT,
      advice: `lower ${option}`,
    },
    { what: 'logits', bytes: LOGIT_COPIES * rows * config.vocabSize * FLOAT, advice: `lower ${option}` },
  ];
}

function adapterSize(config: DecoderConfig, lora: Partial<LoraConfig>): number {
  const { rank, targetModules } = loraSchema.parse(lora);
  return targetsOf(config, targetModules).reduce((sum, { inputs, outputs }) => sum + rank * (inputs + outputs), 0);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
const total = (parts: readonly MemoryPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** A plan in one line: "memory 2.7 GB at most: weights 0.1 GB, ...". */
export function formatMemoryPlan({ parts, peakBytes }: MemoryPlan): string {
  return `memory about ${gigabytes(peakBytes)} at most: ${parts.map(({ what, bytes }) => `${what} ${gigabytes(bytes)}`).join(', ')}`;
}

/**
 * Refuses work that cannot fit.
 *
 * @throws {UserError} `memory.plan`, naming the largest part and what makes it smaller
 */
export async function checkMemory(plan: MemoryPlan): Promise<void> {
  const available = await availableMemory();
  if (plan.peakBytes <= available) return;
  const [largest] = plan.parts.toSorted((a, b) => b.bytes - a.bytes);
  throw new UserError(
    'memory.plan',
    `This needs ${formatMemoryPlan(plan)}; ${gigabytes(available)} are free. The largest part is ${largest!.what}: ` +
      `${largest!.advice}, or use a machine with more memory.`,
  );
}

function gigabytes(bytes: number): string {
  return bytes >= 0.95e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

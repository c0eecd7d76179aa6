export type { ComparedText, ComparisonModel, TextTensors } from './comparisonModel.ts';
export {
  capLogits,
  causalHidden,
  decoderHidden,
  outputEmbedding,
  positionTable,
  weightShapes,
  weightSpecs,
  windowsOf,
} from './decoder.ts';
export type { Attend, PackedRows, Positions } from './decoder.ts';
export type { Architecture, DecoderConfig } from './decoderConfig.ts';
export { parseDebertaConfig, type DebertaConfig } from './deberta/debertaConfig.ts';
export { createDebertaEncoder, debertaWeightSpecs } from './deberta/debertaEncoder.ts';
export type { DebertaEncoder, EncoderInput } from './deberta/debertaEncoder.ts';
export { hashWeights } from './hashWeights.ts';
export { loadWithNewHead } from './newHead.ts';
export type { NewHead } from './newHead.ts';
export { capped, causalAttention, causalScores, groupedAttention, MASKED } from './layers/attention.ts';
export type { AttentionRule, Heads } from './layers/attention.ts';
export type { Weights, WeightSpec } from './layers/weights.ts';
export {
  mergeAdapter,
  trainableParameters,
  trainingWeights,
  unmergeAdapter,
  withAdapter,
  withoutAdapter,
} from './lora/adapter.ts';
export type { Adapter } from './lora/adapter.ts';
export { loadAdapter, saveAdapter } from './lora/adapterFiles.ts';
export { loraSchema } from './lora/loraConfig.ts';
export type { LoraConfig } from './lora/loraConfig.ts';
export { checkMemory, formatMemoryPlan, planMemory } from './memoryPlan.ts';
export type { MemoryPart, MemoryPlan, PlannedWork } from './memoryPlan.ts';
export { moveTowards } from './moveTowards.ts';
export { createParameters, loadParameters, readParameters, saveParameters, storedWeights } from './parameters.ts';
export { readEndTokens } from './readEndTokens.ts';
export { createPolicy, loadPolicy, loadWeights, readWeights, savePolicy } from './policy.ts';
export type { LoadPolicyOptions, Policy } from './policy.ts';
export { parseDecoderConfig, readDecoderConfig } from './readDecoderConfig.ts';
export { writeSafetensors } from './safetensors.ts';
export type { StoredDtype, StoredTensor } from './safetensors.ts';
export { sequenceScores } from './scores.ts';
export { openWeights, readSafetensors } from './weightFiles.ts';
export type { WeightEntry, WeightFile, WeightFiles, WeightLayout } from './weightFiles.ts';
export { checkTokenIds } from './tokenIds.ts';

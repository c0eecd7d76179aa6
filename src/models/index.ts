export {
  llamaHidden,
  llamaWeightShapes,
  causalHidden,
  groupedAttention,
  outputEmbedding,
  rotaryTable,
  MASKED,
} from './llama.ts';
export type { Attend, Rotary, Weights } from './llama.ts';
export { parseLlamaConfig, readLlamaConfig } from './llamaConfig.ts';
export type { LlamaConfig } from './llamaConfig.ts';
export { hashWeights } from './hashWeights.ts';
export { createParameters, loadParameters, readParameters, saveParameters, storedWeights } from './parameters.ts';
export { createPolicy, loadPolicy, loadWeights, readWeights, savePolicy } from './policy.ts';
export type { Policy } from './policy.ts';
export { writeSafetensors } from './safetensors.ts';
export type { StoredDtype, StoredTensor } from './safetensors.ts';
export { openWeights, readSafetensors } from './weightFiles.ts';
export type { WeightEntry, WeightFile, WeightFiles, WeightLayout } from './weightFiles.ts';
export { checkTokenIds } from './tokenIds.ts';

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
export { createParameters, loadParameters, storedWeights } from './parameters.ts';
export { createPolicy, loadPolicy, loadWeights, readWeights, savePolicy } from './policy.ts';
export type { Policy } from './policy.ts';
export { readSafetensors, writeSafetensors } from './safetensors.ts';
export type { StoredTensor } from './safetensors.ts';
export { checkTokenIds } from './tokenIds.ts';

export { llamaHidden, llamaWeightShapes, causalHidden, groupedAttention, outputEmbedding, rotaryTable, MASKED } from './llama.ts';
export type { Attend, Rotary, Weights } from './llama.ts';
export { parseLlamaConfig, readLlamaConfig } from './llamaConfig.ts';
export type { LlamaConfig } from './llamaConfig.ts';
export { createPolicy, loadParameters, loadPolicy, loadWeights, readWeights, savePolicy, storedWeights } from './policy.ts';
export type { Policy } from './policy.ts';
export { readSafetensors, writeSafetensors } from './safetensors.ts';
export type { StoredTensor } from './safetensors.ts';

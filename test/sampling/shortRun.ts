import type { GenerateOptions, GenerateRequest } from '../../src/sampling/index.ts';

/** A short run of the small golden Llama with every option that changes tokens, and more prompts than rows. */
export const shortRequests: GenerateRequest[] = [[5, 6, 7], [8], [9, 10, 11, 12, 13]].map((promptTokens, i) => ({
  key: `short ${i}`,
  promptTokens,
}));

export const shortSettings: GenerateOptions = {
  maxNewTokens: 8,
  temperature: 0.9,
  topK: 60,
  topP: 0.95,
  minP: 0.02,
  repetitionPenalty: 1.2,
  samples: 2,
  seed: 5,
  endToken: 57,
  stopTokens: [11, 22, 33, 44, 66, 77, 88],
  padToken: 0,
  batchSize: 4,
};

/** What every backend draws. */
export const shortTokens: number[][] = [
  [105, 15, 44],
  [57],
  [94, 145, 46, 139, 106, 90, 18, 148],
  [79, 90, 147, 22],
  [30, 35, 63, 14, 110, 27, 130, 15],
  [30, 126, 34, 26, 82, 147, 90, 54],
];

export { createSampler } from './generate.ts';
export type { GeneratedResponse, GenerateOptions, GenerateRequest, Sampler } from './generate.ts';

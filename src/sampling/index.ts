export { cacheLength } from './cacheLength.ts';
export { describeSampling } from './describeSampling.ts';
export { createSampler } from './generate.ts';
export type { Sampler } from './generate.ts';
export { createMixtureSampler } from './mixtureSampler.ts';
export type { GeneratedResponse, GenerateOptions, GenerateRequest } from './generateOptions.ts';
export type { TokenFilters } from './keptWeights.ts';
export type { RemoteResponse } from './remote/readCompletion.ts';
export {
  createRemoteSampler,
  type RemoteSampler,
  type RemoteSamplerOptions,
  type ResponseStore,
} from './remote/remoteSampler.ts';
export { rowsFor } from './rowsFor.ts';
export { serveWeights, type ServedModel, type ServedWeights, type ServeWeightsOptions } from './remote/serveWeights.ts';

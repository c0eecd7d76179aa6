export type { Adapter, AdaptedPair, AdaptedResponse, RawRow } from './adapters/adapter.ts';
export type { RowMapping } from './adapters/mapping.ts';
export { ADAPTERS, type AdapterChoice } from './adapters/registry.ts';
export { readArrowFile, readArrowTable, writeArrowFile, type ArrowTable } from './arrowFile.ts';
export { renderChat } from './chatTemplate.ts';
export type { BatchLayout, BatchOptions, ExampleBatch } from './exampleBatches.ts';
export { createArrowWriter, type ArrowWriter, type WriteArrowOptions } from './createArrowWriter.ts';
export type { HubProgress } from './hub/fetchSnapshot.ts';
export { isHubReference } from './hub/hubReference.ts';
export { localFolder } from './hub/localFolder.ts';
export { resolveHub, type ResolveHubOptions } from './hub/resolveHub.ts';
export { messageSchema, type Message } from './messages.ts';
export type { Encoding } from './offsets/encodeWithOffsets.ts';
export { pairBatches, sampleBatches, type TokenizedPair, type TokenizedSample } from './pairBatches.ts';
export { readPairs, type PreferencePair, type PreferencePairs, type ReadPairsOptions } from './readPairs.ts';
export { promptFormat, readPrompts, type ReadPromptsOptions } from './readPrompts.ts';
export {
  TABLES,
  type JudgmentRow,
  type LogpRow,
  type PairRow,
  type PromptRow,
  type SampleRow,
  type ScoreRow,
  type TableName,
  type TableRows,
} from './schemas.ts';
export type { Packing, TokenBatch } from './tokenBatch.ts';
export { tokenizePairs, type TokenizedPairs, type TokenizePairsOptions } from './tokenizePairs.ts';
export {
  tokenizePrompts,
  type DroppedPrompt,
  type LongPrompts,
  type TokenizedPrompt,
  type TokenizedPrompts,
  type TokenizePromptsOptions,
} from './tokenizePrompts.ts';
export { loadTokenizer, type Tokenizer } from './tokenizer.ts';
export { dedupe, type DedupeOptions } from './transforms/dedupe.ts';
export { recordedTransforms, recordTransform, type TransformEntry } from './transforms/recordTransform.ts';
export { collectRows, type Rows, type RowStream, type TransformedRows } from './transforms/rowStream.ts';
export { sample, type SampleOptions } from './transforms/sample.ts';
export { shuffle, shuffleWindow, type ShuffleOptions, type ShuffleWindowOptions } from './transforms/shuffle.ts';
export {
  splitByCount,
  splitById,
  type SplitByCountOptions,
  type SplitByIdOptions,
  type SplitRows,
} from './transforms/split.ts';
export { parseTranscript, renderTranscript } from './transcript.ts';

export type { Adapter, AdaptedPair, AdaptedResponse, RawRow } from './adapters/adapter.ts';
export type { RowMapping } from './adapters/mapping.ts';
export { ADAPTERS, type AdapterChoice } from './adapters/registry.ts';
export { RowFault, type FaultReason } from './adapters/rowFault.ts';
export { readArrowFile, readArrowTable, writeArrowFile, type ArrowTable } from './arrowFile.ts';
export { renderChat } from './chatTemplate.ts';
export type { WorkerOptions } from './encodePairsInWorkers.ts';
export type { BatchLayout, BatchOptions, ExampleBatch } from './exampleBatches.ts';
export { createArrowWriter, type ArrowWriter, type WriteArrowOptions } from './createArrowWriter.ts';
export type { HubProgress } from './hub/fetchSnapshot.ts';
export { isHubReference } from './hub/hubReference.ts';
export { localFolder } from './hub/localFolder.ts';
export { resolveHub, type ResolveHubOptions } from './hub/resolveHub.ts';
export type { GatherOptions } from './gatherRows.ts';
export { messageSchema, type Message } from './messages.ts';
export type { Encoding } from './offsets/encodeWithOffsets.ts';
export { pairBatches, sampleBatches, type TokenizedPair, type TokenizedSample } from './pairBatches.ts';
export { readRows, type ReadRow, type ReadRowsOptions } from './readers/readRows.ts';
export { readPairs, type PreferencePair, type PreferencePairs, type ReadPairsOptions } from './readPairs.ts';
export { promptFormat, readPrompts, type PromptWithColumns, type ReadPromptsOptions } from './readPrompts.ts';
export { histogram, type Histogram, type HistogramOptions } from './statistics/histogram.ts';
export { lengthStatistics, type LengthStatistics } from './statistics/lengthStatistics.ts';
export { readResponses, type PromptResponse, type PromptResponses } from './readResponses.ts';
export { countReasons, describeProblem, type RowProblem, type RowReport } from './rowReport.ts';
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
export {
  MOST_TOKENS,
  sequenceBatches,
  sequenceRows,
  type SequenceBatch,
  type SequenceBatchOptions,
} from './sequenceBatches.ts';
export type { Packing, TokenBatch } from './tokenBatch.ts';
export { tokenizePairs, type TokenizedPairs, type TokenizePairsOptions } from './tokenizePairs.ts';
export { tokenizePairsInWorkers } from './tokenizePairsInWorkers.ts';
export {
  tokenizePrompts,
  type DroppedPrompt,
  type LongPrompts,
  type TokenizedPrompt,
  type TokenizedPrompts,
  type TokenizePromptsOptions,
} from './tokenizePrompts.ts';
export { tokenizeResponses, type TokenizedResponses, type TokenizeResponsesOptions } from './tokenizeResponses.ts';
export { loadTokenizer, type Tokenizer } from './tokenizer.ts';
export {
  decontaminate,
  type ContaminatedRow,
  type DecontaminateOptions,
  type DecontaminatedRows,
  type EvaluationSet,
} from './transforms/decontaminate.ts';
export { dedupe, type DedupeOptions } from './transforms/dedupe.ts';
export { filterRows, type FilterRules, type LengthLimits } from './transforms/filterRows.ts';
export { mix, type MixOptions, type MixSource } from './transforms/mix.ts';
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
export type { DroppedPair, TruncatedPairs, TruncatePairsOptions } from './truncatePairs.ts';
export { parseTranscript, renderTranscript } from './transcript.ts';
export { validateRows, type ValidateRowsOptions } from './validateRows.ts';
export { writeRows, type WriteRowsOptions } from './writers/writeRows.ts';

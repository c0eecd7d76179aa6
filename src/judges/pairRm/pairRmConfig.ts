import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { malformedConfig, readConfigJson } from '../../models/configFile.ts';
import { parseDebertaConfig, type DebertaConfig } from '../../models/index.ts';

/** A PairRM ranker: its encoder, its head, and how long texts may be. */
export interface PairRmConfig {
  encoder: DebertaConfig;
  /** Scores that the head computes for each answer; their mean counts. */
  tasks: number;
  /** Tokens of a conversation, and of an answer beside a conversation of that many, markers and separators included. */
  sourceLength: number;
  candidateLength: number;
}

const positive = z.int().positive();
/** What llm-blender writes beside its own checkpoints; the encoder it only names. */
const RANKER = z.looseObject({
  ranker_type: z.literal('pairranker'),
  model_name: z.literal('microsoft/deberta-v3-large'),
  n_tasks: positive.default(1),
  source_maxlength: positive.optional(),
  candidate_maxlength: positive.optional(),
  // Its first checkpoint spells them so.
  source_max_length: positive.optional(),
  candidate_max_length: positive.optional(),
});
const HF = z.looseObject({ n_tasks: positive.default(1) });

/** The config.json of microsoft/deberta-v3-large, with the four markers added to its vocabulary. */
const DEBERTA_V3_LARGE = {
  model_type: 'deberta-v2',
  vocab_size: 128005,
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-7,
  max_position_embeddings: 512,
  max_relative_positions: -1,
  position_buckets: 256,
  norm_rel_ebd: 'layer_norm',
  share_att_key: true,
  pos_att_type: 'p2c|c2p',
  relative_attention: true,
  position_biased_input: false,
  type_vocab_size: 0,
};

/** What PairRM was trained with. */
const LENGTHS = { sourceLength: 1224, candidateLength: 412 };

/**
 * Reads the configuration of a PairRM folder: of `llm-blender/PairRM-hf`, or of llm-blender's own checkpoints, such as
 * `llm-blender/PairRM`, whose config.json describes the ranker instead of the encoder.
 *
 * @throws {UserError} when the file is missing, or describes another kind of model
 */
export async function readPairRmConfig(folder: string): Promise<PairRmConfig> {
  const path = join(folder, 'config.json');
  const ranker = join(folder, 'ranker_config.json');
  const json = await readConfigJson(path);
  if (!isRanker(json)) {
    const lengths = existsSync(ranker) ? lengthsOf(parseRanker(await readConfigJson(ranker), ranker)) : LENGTHS;
    const parsed = HF.safeParse(json);
    if (!parsed.success) throw malformedConfig(path, 'PairRM', parsed.error, json);
    return { encoder: parseDebertaConfig(json, path), tasks: parsed.data.n_tasks, ...lengths };
  }
  const parsed = parseRanker(json, path);
  return { encoder: parseDebertaConfig(DEBERTA_V3_LARGE, path), tasks: parsed.n_tasks, ...lengthsOf(parsed) };
}

const isRanker = (json: unknown): boolean => typeof json === 'object' && json !== null && 'ranker_type' in json;

function parseRanker(json: unknown, where: string): z.output<typeof RANKER> {
  const parsed = RANKER.safeParse(json);
  if (!parsed.success) throw malformedConfig(where, 'PairRM', parsed.error, json);
  return parsed.data;
}

function lengthsOf(ranker: z.output<typeof RANKER>): typeof LENGTHS {
  return {
    sourceLength: ranker.source_maxlength ?? ranker.source_max_length ?? LENGTHS.sourceLength,
    candidateLength: ranker.candidate_maxlength ?? ranker.candidate_max_length ?? LENGTHS.candidateLength,
  };
}

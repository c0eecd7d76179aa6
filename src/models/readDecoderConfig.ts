import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../base/userError.ts';
import { malformedConfig, readConfigJson } from './configFile.ts';
import type { DecoderConfig } from './decoderConfig.ts';
import { FAMILIES } from './families/index.ts';
import type { FamilyModel } from './families/family.ts';

/** The fields of config.json that say what kind of model it is. */
const KIND = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  num_labels: z.int().optional(),
  id2label: z.record(z.string(), z.unknown()).nullish(),
  pad_token_id: z.int().nullish(),
});

export interface ReadConfigOptions {
  /** The weights were saved without a head, and so without the prefix of the body, as those of `openai-community/gpt2`. */
  bareNames?: boolean;
}

/**
 * Reads a model folder's config.json.
 *
 * @throws {UserError} when the file is missing or malformed, or asks for what nashtune cannot run
 */
export async function readDecoderConfig(folder: string, options: ReadConfigOptions = {}): Promise<DecoderConfig> {
  const path = join(folder, 'config.json');
  return parseDecoderConfig(await readConfigJson(path), path, options);
}

/** As readDecoderConfig, from parsed JSON; `where` names it in errors. */
export function parseDecoderConfig(json: unknown, where: string, options: ReadConfigOptions = {}): DecoderConfig {
  const kind = KIND.safeParse(json);
  if (!kind.success) throw malformedConfig(where, 'model', kind.error, json);
  const { model_type: modelType, architectures, pad_token_id: pad } = kind.data;
  const family = FAMILIES.get(modelType);
  if (!family) {
    throw new UserError(
      'model.unknownFamily',
      `${where}: model_type "${modelType}" is not one that nashtune can run: ${[...FAMILIES.keys()].join(', ')}. ` +
        'Give a model of one of these families.',
    );
  }
  const parsed = family.schema.safeParse(json);
  if (!parsed.success) throw malformedConfig(where, modelType, parsed.error, json);
  const { sizes, architecture } = family.build(parsed.data, options.bareNames ? '' : family.bodyPrefix);
  const problems = sizeProblems(sizes, architecture);
  const task = architectures?.some((name) => name.endsWith('ForSequenceClassification')) ? 'scoring' : 'generation';
  const labels = kind.data.num_labels ?? (kind.data.id2label ? Object.keys(kind.data.id2label).length : 2);
  if (task === 'scoring' && labels !== 1) problems.push(`a reward model has one label, this one has ${labels}`);
  if (problems.length > 0) {
    throw new UserError(
      'model.badConfig',
      `${where}: ${problems.join('; ')}. Restore the file from the model's source.`,
    );
  }
  const { head, ...rest } = architecture;
  return {
    family: modelType,
    task,
    ...sizes,
    // A scoring head is a matrix of its own, whatever the embeddings of the body were tied to.
    tiedEmbeddings: task === 'generation' && sizes.tiedEmbeddings,
    padTokenId: pad ?? null,
    omittedPrefix: options.bareNames ? family.bodyPrefix : '',
    architecture: {
      ...rest,
      head:
        task === 'scoring'
          ? { weight: 'score.weight', outputs: 1, softcap: null }
          : { weight: head.weight, outputs: sizes.vocabSize, softcap: head.softcap ?? null },
    },
    source: json as Record<string, unknown>,
  };
}

function sizeProblems(sizes: FamilyModel['sizes'], { rotary }: FamilyModel['architecture']): string[] {
  const { heads, keyValueHeads, headSize } = sizes;
  const problems: string[] = [];
  if (heads % keyValueHeads !== 0) {
    problems.push(`num_attention_heads ${heads} is no multiple of num_key_value_heads ${keyValueHeads}`);
  }
  if (!Number.isInteger(headSize)) problems.push(`the hidden size is no multiple of the ${heads} heads`);
  else if (rotary && (rotary.size % 2 !== 0 || rotary.size === 0)) {
    problems.push(`rotary positions need an even part of each head, got ${rotary.size} of ${headSize}`);
  }
  return problems;
}

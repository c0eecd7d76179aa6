import { parseDecoderConfig, type DecoderConfig } from 'nashtune/models';

import { randomStream } from '../../src/base/seed.ts';
import { GENERATE_TERMS, randomTokens, TRAIN_TERMS } from '../terms.ts';
import { randomTrainJob } from '../trainJob.ts';
import { trainTableJob } from './trainTableJob.ts';
import { commonTerms } from './commonTerms.ts';
import { imposedLengths } from './imposedLengths.ts';
import { pairsAsJson, type AnyTableJob } from './peerTableJob.ts';
import { roundTableJob } from './roundTableJob.ts';
import type { TextTerms } from './takeText.ts';
import type { TextMaterials } from './textMaterials.ts';

/** One line of the table. */
export type PeerRow = RowTerms &
  (
    | { text?: false; job(materials: RowMaterials): AnyTableJob }
    // One that needs real text.
    | { text: true; job(materials: TextRowMaterials): AnyTableJob }
  );

interface RowTerms {
  id: string;
  work: string;
  peer: string;
  /** Script of `bench/peers`. */
  script: 'train.py' | 'compiled.py' | 'generate.py' | 'ragged.py' | 'sppo_round.py';
  /** How many times the peer's speed we want at least; null where nothing is promised. */
  target: number | null;
  precision: 'fp32' | 'bf16';
  /** Of another model than `TABLE_MODEL`. */
  config?: DecoderConfig;
}

/** What jobs are made of. */
export interface RowMaterials {
  model: string;
  seed: number;
  device: 'cpu' | 'gpu';
}

export interface TextRowMaterials extends RowMaterials {
  text: TextMaterials;
}

const STEPS = 5;
const TEXT_STEPS = 10;
const TEXT_PAIRS = 8;
const CONTEXT = 512;

/** The model of all rows, with room for the rows of real text. */
export const TABLE_MODEL: DecoderConfig = parseDecoderConfig(
  { ...TRAIN_TERMS.model.source, max_position_embeddings: CONTEXT },
  'model of the table',
);

/** What the rows of real text need. */
export const TEXT_TERMS: TextTerms = {
  pairs: TEXT_STEPS * TEXT_PAIRS,
  maxLength: CONTEXT,
  prompts: 64,
  maxPromptLength: 128,
};

const fullRows = (precision: PeerRow['precision']) => (materials: RowMaterials) => {
  const { pairs, batchSize, maxLength } = randomTrainJob(TRAIN_TERMS, { steps: STEPS, seed: materials.seed });
  return trainTableJob(materials, { precision, pairs: pairsAsJson(pairs), batchSize, maxLength, layout: 'padded' });
};

export const PEER_ROWS: readonly PeerRow[] = [
  ...(['bf16', 'fp32'] as const).flatMap((precision): PeerRow[] => [
    {
      id: `train-${precision}-trl`,
      work: `DPO step, 4 pairs x 256 tokens, ${precision}`,
      peer: 'TRL',
      script: 'train.py',
      target: precision === 'bf16' ? 1.6 : 1.2,
      precision,
      job: fullRows(precision),
    },
    {
      id: `train-${precision}-torch`,
      work: `the same, ${precision}`,
      peer: 'torch.compile',
      script: 'compiled.py',
      target: 1,
      precision,
      job: fullRows(precision),
    },
  ]),
  {
    id: 'text-trl',
    work: 'DPO on real text, 8 pairs of at most 512 tokens, bf16',
    peer: 'TRL',
    script: 'train.py',
    target: 4,
    precision: 'bf16',
    text: true,
    job: (materials) =>
      trainTableJob(materials, {
        precision: 'bf16',
        pairs: pairsAsJson(materials.text.pairs),
        batchSize: TEXT_PAIRS,
        maxLength: CONTEXT,
        layout: 'shared-prompt',
      }),
  },
  {
    id: 'generate-hf',
    work: 'generation, 32 prompts x 192 new tokens',
    peer: 'transformers, bf16',
    script: 'generate.py',
    target: 2.5,
    precision: 'bf16',
    job: ({ model, seed, device }) => {
      const { rows, promptTokens, newTokens } = GENERATE_TERMS;
      const random = randomStream(seed, 'bench', 'generate');
      const prompts = Array.from({ length: rows }, () => randomTokens(TABLE_MODEL, promptTokens, random));
      return { ...commonTerms({ model, seed, device }, 'bf16'), kind: 'generate', prompts, newTokens, steps: 1 };
    },
  },
  {
    id: 'ragged-hf',
    work: 'generation, 256 prompts, 4 answers each of 60 tokens on average',
    peer: 'transformers, bf16',
    script: 'ragged.py',
    target: 5,
    precision: 'bf16',
    job: ({ model, seed, device }) => {
      const random = randomStream(seed, 'bench', 'ragged');
      const prompts = Array.from({ length: 256 }, () => randomTokens(TABLE_MODEL, 64, random));
      const stops = imposedLengths(prompts.length, 4, random);
      return {
        ...commonTerms({ model, seed, device }, 'bf16'),
        kind: 'ragged',
        prompts,
        stops,
        batchSizes: [32, 64, 128],
        rows: 128,
      };
    },
  },
  {
    id: 'sppo-round-trl',
    work: 'a whole SPPO round, 64 prompts, K = 5, pair judge, one epoch, bf16',
    peer: 'TRL and transformers',
    script: 'sppo_round.py',
    target: 4,
    precision: 'bf16',
    text: true,
    job: roundTableJob,
  },
];

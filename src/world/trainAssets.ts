// Trains what the quickstart ships: tokenizer, base policy and preference model. Run by `npm run train:world`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { writeFileAtomic } from '../base/writeFileAtomic.ts';
import { loadTokenizer } from '../../datasets/index.ts';
import { startEngine } from '../engine/index.ts';
import { BASE_POLICY, SHIPPED_JUDGE } from './assetPaths.ts';
import { trainBasePolicy } from './trainBasePolicy.ts';
import { shippedDialogues, shippedPrompts, WORLD_SEED } from './trainingData.ts';
import { refineJudge, trainJudge } from './trainJudge.ts';
import { trainTokenizer } from './trainTokenizer.ts';

const VOCABULARY = 1024;

const engine = await startEngine();
console.log(`seed ${WORLD_SEED}, TensorFlow ${engine.version}, ${engine.threads} threads`);
const { train, heldOut } = shippedPrompts();
const dialogues = shippedDialogues();

const texts = dialogues.flatMap(({ prompt, answer }) => [prompt, answer]);
const tokenizerFiles = trainTokenizer(texts, VOCABULARY);
for (const folder of [BASE_POLICY, SHIPPED_JUDGE]) {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(tokenizerFiles)) await writeFileAtomic(join(folder, name), content);
}
const tokenizer = await loadTokenizer(BASE_POLICY);

// Stages can be left out while one works on a later one; without flags all run.
const only = (stage: string): boolean => process.argv.length === 2 || process.argv.includes(`--${stage}`);
const judge = { tokenizer, train, heldOut, folder: SHIPPED_JUDGE, policyFolder: BASE_POLICY, seed: WORLD_SEED };
if (only('policy')) await trainBasePolicy({ tokenizer, dialogues, folder: BASE_POLICY, seed: WORLD_SEED });
if (only('judge')) await trainJudge(judge);
if (only('refine')) await refineJudge(judge);

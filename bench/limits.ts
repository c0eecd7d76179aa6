/**
 * What the machine's matrix products allow, for the standard terms of training and generation.
 *
 *   node --import tsx bench/limits.ts [--threads N]
 */
import { parseArgs } from 'node:util';

import { environment } from './environment.ts';
import { matmulSpeeds } from './matmul.ts';
import { GENERATE_TERMS, generateFlopsPerToken, TRAIN_TERMS, trainFlopsPerToken } from './terms.ts';

const { values } = parseArgs({ options: { threads: { type: 'string' } } });
const threads = values.threads === undefined ? undefined : Number(values.threads);
const machine = environment();
const speeds = await matmulSpeeds({ size: 2048, repeats: 5, threads });
const works = { train: trainFlopsPerToken(TRAIN_TERMS), generate: generateFlopsPerToken(GENERATE_TERMS) };
for (const [work, flops] of Object.entries(works)) {
  console.log(`${work}: ${(flops / 1e6).toFixed(0)} million operations per token.`);
  for (const { mode, precision, gflops } of speeds) {
    const limit = ((gflops * 1e9) / flops).toFixed(0);
    console.log(`  ${mode} ${precision}: ${gflops.toFixed(0)} GFLOPS on 2048 x 2048, so at most ${limit} tokens/s`);
  }
}
console.log(JSON.stringify(machine));

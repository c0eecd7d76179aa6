/**
 * Our side of one row of the table: does the job in a file, in this process, and prints one JSON object.
 *
 *   node --import tsx bench/peerTable/ours.ts job.json
 */
import { readFile } from 'node:fs/promises';

import { loadPolicy } from 'nashtune/models';
import { createSampler, type GeneratedResponse } from 'nashtune/sampling';

import { runBenchmark, type BenchResult } from '../benchmark.ts';
import type { PeerRun } from '../comparePeer.ts';
import { benchGenerate } from '../generate.ts';
import { benchTrain } from '../train.ts';
import type { AnyTableJob, GenerateTableJob, RaggedTableJob, TrainTableJob } from './peerTableJob.ts';
import { sppoRound } from './sppoRound.ts';

const job = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as AnyTableJob;
console.log(JSON.stringify(await resultOf(job)));

function resultOf(given: AnyTableJob): Promise<PeerRun> {
  if (given.kind === 'round') return sppoRound(given);
  if (given.kind === 'train') return train(given);
  return given.kind === 'generate' ? generate(given) : ragged(given);
}

function train(given: TrainTableJob): Promise<BenchResult> {
  const { model, precision, seed, threads, device, beta, layout, warmUp, batchSize, maxLength, padToken } = given;
  const pairs = given.pairs.map((pair, i) => ({
    id: `pair ${i}`,
    promptIds: pair.prompt_ids,
    chosenIds: pair.chosen_ids,
    rejectedIds: pair.rejected_ids,
  }));
  const openPolicy = () => loadPolicy(model);
  return benchTrain(
    { model, folder: model, openPolicy, pairs, dropped: [], batchSize, maxLength, padToken },
    { precision, seed, threads, device, layout, lossOptions: { beta }, warmUpSteps: warmUp },
  );
}

function generate({ model, precision, seed, threads, device, prompts, newTokens, steps, padToken }: GenerateTableJob) {
  const openPolicy = () => loadPolicy(model, { frozen: true });
  return benchGenerate(
    { model, folder: model, openPolicy, prompts, dropped: [], newTokens, padToken },
    { precision, seed, threads, device, steps },
  );
}

function ragged({ model, precision, seed, threads, device, prompts, stops, rows, padToken }: RaggedTableJob) {
  return runBenchmark('generate', { precision, seed, threads, device }, async (chosen) => {
    const policy = await loadPolicy(model, { frozen: true });
    const sampler = createSampler(policy);
    const requests = prompts.map((promptTokens, i) => ({ key: `row ${i}`, promptTokens, maxNewTokens: stops[i]! }));
    let responses: GeneratedResponse[] = [];
    return {
      // All shapes: caches as long as they get, and short ones.
      warmUp: [0],
      runs: 1,
      tokens: () => responses.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0),
      stepsPerRun: 1,
      run: async () => {
        responses = await sampler.generate(requests, {
          samples: stops[0]!.length,
          maxNewTokens: Math.max(...stops.flat()),
          temperature: 1,
          seed,
          endToken: -1,
          padToken,
          batchSize: rows,
          bf16: chosen === 'bf16',
        });
      },
      dispose: () => {
        sampler.dispose();
        policy.dispose();
      },
    };
  });
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEngine } from 'nashtune/engine';
import { savePolicy } from 'nashtune/models';

import { UserError } from '../src/base/userError.ts';
import { comparePeer, type ComparePeerOptions, type Contender, type PeerComparison } from './comparePeer.ts';
import type { GenerateBenchOptions } from './generate.ts';
import type { GenerateJob } from './generateJob.ts';
import { peerFolder, peerPython } from './peerPython.ts';
import type { TrainBenchOptions } from './train.ts';
import type { TrainJob } from './trainJob.ts';

/** TRL's names for losses that are the same function of the log-probabilities and `beta`. */
const TRL_LOSSES: Readonly<Record<string, string>> = {
  dpo: 'sigmoid',
  hinge: 'hinge',
  ipo_avg: 'ipo',
  nca_pair: 'nca_pair',
  sppo_hard: 'sppo_hard',
  apo_zero: 'apo_zero',
  apo_down: 'apo_down',
};

/** TRL's part of a training benchmark: the same token ids, batches, loss and optimizer. */
export function trlJob(job: TrainJob, options: TrainBenchOptions): object {
  const { loss = 'dpo', lossOptions = { beta: 0.1 }, microBatchSize, loraRank } = options;
  const problems = [
    ...(TRL_LOSSES[loss] ? [] : [`--loss ${loss} (TRL has ${Object.keys(TRL_LOSSES).join(', ')})`]),
    ...(Object.keys(lossOptions).join() === 'beta' ? [] : ['--loss-options other than beta']),
  ];
  if (problems.length > 0) {
    throw new UserError('bench.peer', `--peer trl: expected a job that TRL can do, got ${problems.join(' and ')}.`);
  }
  return {
    loss: TRL_LOSSES[loss],
    beta: lossOptions['beta'],
    microBatchSize,
    loraRank,
    recompute: options.recompute ?? false,
    learningRate: 1e-6,
    batchSize: job.batchSize,
    maxLength: job.maxLength,
    padToken: job.padToken,
    pairs: job.pairs.map(({ promptIds, chosenIds, rejectedIds }) => ({
      prompt_ids: promptIds,
      chosen_ids: chosenIds,
      rejected_ids: rejectedIds,
    })),
  };
}

/** The part of transformers in a generation benchmark. */
export function hfJob({ prompts, newTokens, padToken }: GenerateJob, { steps }: GenerateBenchOptions): object {
  return { prompts, newTokens, padToken, steps };
}

/**
 * Runs our benchmark and the peer's script by turns, each in a process of its own.
 *
 * @param ours our program, which does the same job
 * @param script of `bench/peers`
 * @param what the job as the script reads it; model, precision, seed, device and threads are added
 * @throws {UserError} when the peer's environment is missing, the precision is left open, or a run fails
 */
export async function compareWithPeer(
  { ours, peer, script, what }: { ours: Contender; peer: string; script: 'train.py' | 'generate.py'; what: object },
  job: Pick<GenerateJob, 'folder' | 'openPolicy'>,
  options: Pick<TrainBenchOptions, 'precision' | 'seed' | 'device' | 'threads'> & ComparePeerOptions,
): Promise<PeerComparison> {
  const { precision, seed, device = 'auto', threads = availableParallelism() } = options;
  if (precision === 'auto') {
    throw new UserError('bench.peer', '--peer: expected one precision for both sides. Add --precision bf16 or fp32.');
  }
  const command = await peerPython();
  const temporary = await mkdtemp(join(tmpdir(), 'nashtune-bench-'));
  try {
    const model = job.folder ?? (await saveModel(job, join(temporary, 'model')));
    const file = join(temporary, 'job.json');
    await writeFile(file, JSON.stringify({ ...what, model, precision, seed, device, threads }));
    const theirs = { name: peer, command, args: [join(peerFolder(), script), file] };
    return await comparePeer(ours, theirs, options);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Random weights as files, which peers can read. */
async function saveModel({ openPolicy }: Pick<GenerateJob, 'openPolicy'>, folder: string): Promise<string> {
  await startEngine({ device: 'cpu' });
  const policy = await openPolicy();
  await savePolicy(policy, folder);
  policy.dispose();
  return folder;
}

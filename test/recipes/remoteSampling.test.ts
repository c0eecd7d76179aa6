import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile } from 'nashtune/datasets';
import { beforeAll, expect, test } from 'vitest';

import iterativeDpo from '../../recipes/iterative-dpo.ts';
import onlineDpo from '../../recipes/online-dpo.ts';
import { startEngine } from '../../src/engine/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { startPolicyServer, type PolicyServer, type PolicyServerOptions } from '../sampling/remote/policyServer.ts';
import { recordedRounds, selfPlayFiles, SHORT, type SelfPlayFiles } from './selfPlayRun.ts';

beforeAll(async () => {
  await startEngine();
});

const PATIENT = { timeout: 300_000 };

function configOf({ policy, prompts }: SelfPlayFiles, { baseURL, reloadURL }: PolicyServer) {
  const server = { baseURL, reload: reloadURL, waitSeconds: 5, concurrency: 4, maxDifference: 0.05 };
  const sampling = { ...SHORT.sampling, sampler: 'openai-compatible' as const, server };
  return { ...SHORT, policy, data: { prompts }, sampling, judge: 'verifier:length:3-5' };
}

async function started(options: PolicyServerOptions = {}) {
  const files = await selfPlayFiles();
  const server = await startPolicyServer(options);
  return { files, server, config: configOf(files, server) };
}

test('a server draws with the weights of each round, and the run is the same after a stop', PATIENT, async () => {
  const { files, server, config } = await started();
  const { out } = files;
  await run(iterativeDpo, { config, out });

  const rounds = await recordedRounds(out);
  // The base, and each round's checkpoint once: it answers held-out prompts, then those of the next round.
  expect(server.reloads.map(({ hash }) => hash)).toEqual([rounds[0]!.start, ...rounds.map(({ policy }) => policy)]);
  const samples = await readArrowFile(join(out, 'round-02/samples.arrow'), 'samples');
  for (const { policy_hash, sampler, token_ids, token_logps } of samples) {
    expect(policy_hash).toBe(rounds[0]!.policy);
    expect(sampler).toBe('openai-compatible temperature=1');
    expect(token_ids).toHaveLength(token_logps.length);
  }
  for (const { measured } of rounds) expect(measured['serverDifference']).toBeLessThan(1e-4);

  // llama.cpp's server does not tell all log-probabilities: those are ours.
  const llama = { dialect: 'llama.cpp', tells: (place: number) => place !== 1 } as const;
  const second = await started({ ...llama, misdeed: (_, before) => (before >= 15 ? { status: 400 } : undefined) });
  const again = { ...second.config, policy: files.policy, data: { prompts: files.prompts } };
  await expect(run(iterativeDpo, { config: again, out: second.files.out })).rejects.toThrow(/could not be had/);
  const third = await startPolicyServer(llama);
  const resumed = { ...again, sampling: { ...again.sampling, server: configOf(files, third).sampling.server } };
  await run(iterativeDpo, { config: resumed, out: second.files.out, resume: true, force: true });
  const resumedSamples = await readArrowFile(join(second.files.out, 'round-02/samples.arrow'), 'samples');
  resumedSamples.forEach(({ token_ids, token_logps }, i) => {
    expect(token_ids).toEqual(samples[i]!.token_ids);
    token_logps.forEach((logp, t) => expect(logp).toBeCloseTo(samples[i]!.token_logps[t]!, 3));
  });
  // 6 answers of the base, and in each round 18 to train on and 6 to measure; 15 of them came through before the stop.
  expect(server.prompts).toHaveLength(54);
  expect(third.prompts).toHaveLength(54 - 15);
  expect((await recordedRounds(second.files.out)).map(({ policy }) => policy)).toEqual(
    rounds.map(({ policy }) => policy),
  );
});

test('a server that has other weights under the right name is caught before it draws much', PATIENT, async () => {
  const files = await selfPlayFiles();
  const other = await selfPlayFiles({ hidden_size: 32 });
  const server = await startPolicyServer({ folderOf: () => other.policy });
  const { code, message } = await userErrorOf(() =>
    run(iterativeDpo, { config: configOf(files, server), out: files.out }),
  );
  expect(code).toBe('sampling.otherWeights');
  expect(message).toMatch(/differ from those of this round's weights by \d+\.\d+ nats a token, 0.05 may be/);
  expect(existsSync(join(files.out, 'responses.store'))).toBe(false);
  expect(existsSync(join(files.out, 'round-01/baseline.arrow'))).toBe(false);
});

test(
  'a server that keeps the old weights under the new name is caught, however little they changed',
  PATIENT,
  async () => {
    const files = await selfPlayFiles();
    const server = await startPolicyServer({ folderOf: () => files.policy });
    const config = configOf(files, server);
    const { code, message } = await userErrorOf(() => run(iterativeDpo, { config, out: files.out }), files.out);
    expect(code).toBe('sampling.stale');
    const away = /\((0\.\d+) and (0\.\d+) nats a token away\)/.exec(message)!;
    expect(Number(away[1])).toBeLessThan(config.sampling.server.maxDifference);
    expect(Number(away[2])).toBeLessThan(1e-4);
    expect(existsSync(join(files.out, 'round-01/checkpoint'))).toBe(true);
    expect(existsSync(join(files.out, 'round-01/evaluation.arrow'))).toBe(false);
    expect(existsSync(join(files.out, 'responses.store'))).toBe(false);
  },
);

test('a recipe whose weights change at each step takes no server', async () => {
  const { files, config } = await started();
  const online = { ...config, sampling: { ...config.sampling, samples: 2 } };
  const { rounds: _, ...own } = online;
  const { code } = await userErrorOf(() => run(onlineDpo, { config: own, out: files.out }));
  expect(code).toBe('sampling.online');
  expect(existsSync(files.out)).toBe(false);
});

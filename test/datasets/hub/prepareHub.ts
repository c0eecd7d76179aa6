import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { Environment } from '../../../datasets/hub/hubSettings.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { COMMIT, startHubServer, type HubOptions, type HubServer, type ServedFile } from './hubServer.ts';

/** A model of two shards, with what surrounds one on the Hub. */
function modelFiles(): Record<string, ServedFile> {
  return {
    '.gitattributes': { bytes: Buffer.from('*.safetensors filter=lfs') },
    'README.md': { bytes: Buffer.from('# A model') },
    'added_tokens.json': { bytes: Buffer.alloc(0) },
    'config.json': { bytes: Buffer.from('{"model_type":"llama"}') },
    'consolidated.safetensors': { bytes: randomBytes(1000), large: true },
    'model-00001-of-00002.safetensors': { bytes: randomBytes(300_000), large: true },
    'model-00002-of-00002.safetensors': { bytes: randomBytes(200_000), large: true },
    'model.safetensors.index.json': {
      bytes: Buffer.from(
        JSON.stringify({
          weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
        }),
      ),
    },
    'onnx/model.onnx': { bytes: randomBytes(1000), large: true },
    'pytorch_model.bin': { bytes: randomBytes(1000), large: true },
    'tokenizer.json': { bytes: Buffer.from('{}') },
  };
}

/** Those of `modelFiles` that loading the model needs. */
export const WANTED = [
  'added_tokens.json',
  'config.json',
  'model-00001-of-00002.safetensors',
  'model-00002-of-00002.safetensors',
  'model.safetensors.index.json',
  'tokenizer.json',
];

export interface PreparedHub {
  server: HubServer;
  /** What the server has; may be changed. */
  served: Record<string, ServedFile>;
  /** Variables that lead to the server and to an empty cache. */
  env: Environment;
  /** Where HF_HOME is, with no token in it. */
  home: string;
  cache: string;
  /** The repository's folder in the cache. */
  repository: string;
  snapshot: string;
}

export async function prepareHub(options: Partial<HubOptions> = {}): Promise<PreparedHub> {
  const { type = 'model', files = modelFiles() } = options;
  const server = await startHubServer({ ...options, files });
  const home = await temporaryFolder();
  const cache = join(home, 'hub');
  const repository = join(cache, `${type}s--org--name`);
  return {
    server,
    served: files,
    env: { HF_ENDPOINT: server.endpoint, HF_HOME: home, HF_HUB_CACHE: cache, HF_HUB_DOWNLOAD_TIMEOUT: '20' },
    home,
    cache,
    repository,
    snapshot: join(repository, 'snapshots', COMMIT),
  };
}

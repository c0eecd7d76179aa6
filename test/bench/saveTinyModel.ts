import { createPolicy, parseDecoderConfig, savePolicy } from '../../src/models/index.ts';
import { BASE_POLICY } from '../../src/world/index.ts';

const CONFIG = {
  model_type: 'llama',
  vocab_size: 1024,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
};

/** Writes a folder with random weights of one layer, a context of 64 tokens where none is given, and the tokenizer of the quickstart. */
export async function saveTinyModel(folder: string, contextLength = 64): Promise<void> {
  const policy = createPolicy(
    parseDecoderConfig({ ...CONFIG, max_position_embeddings: contextLength }, 'tiny model'),
    1,
  );
  await savePolicy(policy, folder, { companions: BASE_POLICY });
  policy.dispose();
}

import { randomStream } from '../../base/seed.ts';
import { weightedDraw } from '../../base/weightedDraw.ts';
import {
  readArrowFile,
  tokenizePrompts,
  writeArrowFile,
  type PromptRow,
  type TokenizedPrompt,
  type Tokenizer,
} from '../../../datasets/index.ts';
import type { ChatModel } from '../../judges/index.ts';
import type { Loop } from '../loop.ts';
import { EVOLVE_OPERATORS, type EvolveOperator } from './evolveOperators.ts';
import { createPromptGate, type PromptFault } from './promptGate.ts';

export interface EvolveStageOptions {
  /** Prompts to evolve from. */
  parents: readonly TokenizedPrompt[];
  /** What each of them has to teach, by its id; one that is not there counts as nothing. */
  informativeness: ReadonlyMap<string, number>;
  /** Prompts that evolved ones are mixed with. */
  replay: readonly TokenizedPrompt[];
  /** Prompts of the round. */
  size: number;
  /** Share of them that come from `replay`; more where too few evolved. */
  replayShare: number;
  /** Writes the new prompts. */
  creator: ChatModel;
  operators: readonly EvolveOperator[];
  /** Longest new prompt, in tokens of the creator. */
  maxTokens: number;
  temperature: number;
  /** How often a prompt is asked for until one is valid. */
  attempts: number;
  tokenizer: Tokenizer;
  contextLength: number;
  /** Room for an answer. */
  maxNewTokens: number;
  format: 'chat' | 'transcript';
}

/**
 * Makes the prompts of a round of eva: draws parents in proportion to what they have to teach, has each rewritten, keeps what
 * passes the gate, and mixes it with prompts to replay. `evolved.arrow` holds the new prompts, with their parents and
 * operators; the metrics `evolve` count what the gate refused.
 *
 * @see Ye et al. 2024, arXiv:2411.00062, Algorithm 1: estimate, sample, evolve
 */
export async function evolveStage(loop: Loop, round: number, options: EvolveStageOptions): Promise<TokenizedPrompt[]> {
  const path = loop.run.stagePath(round, 'evolved.arrow');
  if (!loop.run.has(path)) await loop.time(round, 'evolve', () => evolve(loop, round, path, options));
  const evolved = tokenized(await readArrowFile(path, 'prompts'), options);
  const replayed = randomStream(loop.seed, 'replay', round)
    .shuffle(options.replay)
    .slice(0, options.size - evolved.length);
  return [...evolved, ...replayed];
}

interface EvolvedRow extends PromptRow {
  parent: string;
  operator: string;
}

async function evolve(loop: Loop, round: number, path: string, options: EvolveStageOptions): Promise<void> {
  const { parents, informativeness, size, replayShare, operators, attempts } = options;
  const random = randomStream(loop.seed, 'evolve', round);
  const wanted = Math.round((1 - replayShare) * size);
  let waiting = weightedDraw(parents, ({ prompt }) => informativeness.get(prompt.id) ?? 0, wanted, random);
  const gate = createPromptGate([...parents, ...options.replay].map(({ prompt }) => questionOf(prompt)));
  const rows: EvolvedRow[] = [];
  const refused: Record<PromptFault | 'failed' | 'tooLong', number> = { failed: 0, empty: 0, copy: 0, tooLong: 0 };
  for (let attempt = 0; attempt < attempts && waiting.length > 0; attempt++) {
    const chosen = waiting.map(() => random.pick(operators));
    const answers = await ask(loop, round, waiting, chosen, attempt, options);
    const left: TokenizedPrompt[] = [];
    waiting.forEach((parent, i) => {
      const text = cleaned(answers[i]!.text ?? '');
      const row = evolvedRow(parent.prompt, text, chosen[i]!, round);
      const fault = faultOf(answers[i]!.error, text, row);
      if (fault === undefined) rows.push(row);
      else {
        refused[fault] += 1;
        left.push(parent);
      }
    });
    waiting = left;
  }
  // Before the file, whose existence says that the stage is done.
  await loop.measure(round, 'evolve', async () => ({ wanted, evolved: rows.length, ...refused }));
  await writeArrowFile(path, 'prompts', rows);

  function faultOf(error: string | undefined, text: string, row: EvolvedRow): keyof typeof refused | undefined {
    if (error !== undefined) return 'failed';
    if (!fits(row, options)) return 'tooLong';
    return gate(text);
  }
}

function ask(
  loop: Loop,
  round: number,
  parents: readonly TokenizedPrompt[],
  operators: readonly EvolveOperator[],
  sample: number,
  { creator, maxTokens, temperature }: EvolveStageOptions,
) {
  const requests = parents.map(({ prompt }, i) => {
    const content = `${EVOLVE_OPERATORS[operators[i]!]} Reply with the new prompt only.\n\nPrompt: ${questionOf(prompt)}`;
    return { messages: [{ role: 'user', content }], maxTokens, temperature, sample };
  });
  return creator.ask(requests, {
    signal: loop.signal,
    onProgress: (done, total) => loop.progress(`round ${round}: evolved ${done}/${total} prompts`),
  });
}

/** What the user asks last. */
function questionOf({ messages }: PromptRow): string {
  return messages.at(-1)!.content;
}

/** Without the label and the quotes that models put around a prompt. */
function cleaned(text: string): string {
  const bare = text.trim().replace(/^(?:new |rewritten )?prompt:\s*/i, '');
  return /^"[^"]*"$/s.test(bare) ? bare.slice(1, -1).trim() : bare;
}

function evolvedRow(parent: PromptRow, text: string, operator: EvolveOperator, round: number): EvolvedRow {
  const last = parent.messages.at(-1)!;
  return {
    id: `${parent.id}~${round}`,
    messages: [...parent.messages.slice(0, -1), { ...last, content: text }],
    source: 'evolved',
    parent: parent.id,
    operator,
  };
}

function fits(row: PromptRow, options: EvolveStageOptions): boolean {
  const [{ tokenIds }] = tokenized([row], { ...options, contextLength: Infinity }) as [TokenizedPrompt];
  return tokenIds.length + options.maxNewTokens <= options.contextLength;
}

function tokenized(rows: readonly PromptRow[], options: EvolveStageOptions): TokenizedPrompt[] {
  if (rows.length === 0) return [];
  const { contextLength, maxNewTokens, format } = options;
  return tokenizePrompts(options.tokenizer, rows, { contextLength, maxNewTokens, longPrompts: 'error', format }).kept;
}

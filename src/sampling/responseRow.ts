import { randomStream, type RandomStream } from '../base/seed.ts';
import { UserError } from '../base/userError.ts';
import type { GeneratedResponse, GenerateOptions, GenerateRequest } from './generateOptions.ts';
import { stopLength } from './stopStrings.ts';

/** A response in the making. */
export class ResponseRow {
  readonly key: string;
  /** Place among the results. */
  readonly index: number;
  readonly promptTokens: readonly number[];
  readonly tokenIds: number[] = [];
  readonly tokenLogProbs: number[] = [];
  /** The response ends here at the latest. */
  readonly maxTokens: number;
  /** null while it goes on. */
  finishReason: GeneratedResponse['finishReason'] | null = null;
  readonly #random: RandomStream;
  /** Numbers for the next tokens, drawn already. */
  readonly #uniforms: number[] = [];

  /** Sample `k` of a request; its random numbers depend on nothing but the seed, the request's key and k. */
  constructor(request: GenerateRequest, k: number, index: number, { seed, maxNewTokens }: GenerateOptions) {
    this.maxTokens = Math.min(request.maxNewTokens?.[k] ?? maxNewTokens, maxNewTokens);
    this.key = request.key;
    this.index = index;
    this.promptTokens = request.promptTokens;
    this.#random = randomStream(seed, 'generate', request.key, k);
  }

  /** Tokens of prompt and response so far but the last, which the next step starts from. */
  get cached(): number {
    return this.promptTokens.length + this.tokenIds.length - 1;
  }

  get lastToken(): number {
    return this.tokenIds.at(-1) ?? this.promptTokens.at(-1)!;
  }

  /** The number in [0, 1) that decides on the token after the next `ahead` ones. */
  uniform(ahead: number): number {
    while (this.#uniforms.length <= ahead) this.#uniforms.push(this.#random.uniform());
    return this.#uniforms[ahead]!;
  }

  /**
   * Takes the tokens of a segment up to the response's end.
   *
   * @throws {UserError} when a log-probability is not finite
   */
  append(tokens: readonly number[], logProbs: readonly number[], options: GenerateOptions): void {
    const { stopStrings = [], decode } = options;
    const stops = new Set([options.endToken, ...(options.stopTokens ?? [])]);
    const checked = this.tokenIds.length;
    const end = tokens.findIndex((token) => stops.has(token));
    const taken = end >= 0 ? end + 1 : tokens.length;
    this.#uniforms.splice(0, taken);
    this.tokenIds.push(...tokens.slice(0, taken));
    this.tokenLogProbs.push(...logProbs.slice(0, taken));
    this.#checkFinite();
    if (end >= 0) this.finishReason = 'stop';
    else if (this.tokenIds.length >= this.maxTokens) this.finishReason = 'length';
    const cut = stopStrings.length > 0 && decode ? stopLength(this.tokenIds, checked, stopStrings, decode) : null;
    if (cut === null) return;
    this.tokenIds.length = cut;
    this.tokenLogProbs.length = cut;
    this.finishReason = 'stop';
  }

  #checkFinite(): void {
    if (this.tokenLogProbs.every(Number.isFinite)) return;
    throw new UserError(
      'sampling.notFinite',
      `The response to ${this.key}: the policy's probabilities are not finite. Sample from a checkpoint from before ` +
        'training diverged.',
    );
  }
}

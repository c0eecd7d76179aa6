import { createHash } from 'node:crypto';

import {
  histogram,
  lengthStatistics,
  type Histogram,
  type LengthStatistics,
  type Tokenizer,
} from '../../../../datasets/index.ts';
import type { Exchange } from './kinds.ts';

/** Lengths of one text of the exchanges in one unit. */
export interface TextLengths extends LengthStatistics {
  histogram: Histogram;
}

export interface ExchangeStatistics {
  prompts: {
    /** Different ones. */
    unique: number;
  };
  /** Exchanges whose texts were all there before. */
  duplicates: number;
  /** Unit (characters, words, tokens), then text (prompt, chosen, ...). */
  lengths: Record<string, Record<string, TextLengths>>;
  /** For pairs: by unit, in which share of them the chosen answer is longer than, as long as or shorter than the other. */
  chosenLength?: Record<string, { longer: number; equal: number; shorter: number }>;
  /** Messages of a prompt. */
  turns?: LengthStatistics;
  /** Numbers that came with the rows, by name; those that are missing are left out. */
  numbers: Record<string, LengthStatistics>;
}

/** Bars of a histogram, at most. */
const BINS = 12;

type Unit = (text: string) => number;

/**
 * Measures exchanges one by one and keeps numbers and hashes alone. Characters are Unicode code points, words what
 * whitespace parts, tokens without special ones.
 */
export function exchangeStatistics(tokenizer?: Tokenizer): {
  add(exchange: Exchange): void;
  result(): ExchangeStatistics;
} {
  const units: Record<string, Unit> = { characters, words };
  if (tokenizer) units['tokens'] = (text) => tokenizer.encode(text, { addSpecialTokens: false }).length;
  const lengths = new Columns();
  const numbers = new Columns();
  const turns: number[] = [];
  const [promptHashes, hashes] = [new Set<string>(), new Set<string>()];
  let duplicates = 0;
  return {
    add: ({ prompt, answers, numbers: given }) => {
      const promptHash = hashOf(prompt.map(({ role, content }) => [role, content]));
      promptHashes.add(promptHash);
      const hash = hashOf([promptHash, answers]);
      if (hashes.has(hash)) duplicates++;
      hashes.add(hash);
      turns.push(prompt.length);
      const texts = { prompt: prompt.map(({ content }) => content), ...answers };
      for (const [unit, lengthOf] of Object.entries(units)) {
        for (const [name, text] of Object.entries(texts)) {
          const parts = typeof text === 'string' ? [text] : text;
          lengths.push(
            `${unit}/${name}`,
            parts.reduce((sum, part) => sum + lengthOf(part), 0),
          );
        }
      }
      for (const [name, number] of Object.entries(given)) {
        if (number !== undefined && Number.isFinite(number)) numbers.push(name, number);
      }
    },
    result: () => {
      const byUnit: Record<string, Record<string, TextLengths>> = {};
      for (const [key, values] of lengths.all) {
        const [unit, name] = key.split('/') as [string, string];
        byUnit[unit] ??= {};
        byUnit[unit][name] = { ...lengthStatistics(values), histogram: histogram(values, { bins: BINS }) };
      }
      return {
        prompts: { unique: promptHashes.size },
        duplicates,
        lengths: byUnit,
        ...chosenLengths(lengths, Object.keys(byUnit)),
        ...(turns.length > 0 && { turns: lengthStatistics(turns) }),
        numbers: Object.fromEntries([...numbers.all].map(([name, values]) => [name, lengthStatistics(values)])),
      };
    },
  };
}

/** Lists of numbers by name. */
class Columns {
  readonly all = new Map<string, number[]>();

  push(name: string, value: number): void {
    const column = this.all.get(name);
    if (column) column.push(value);
    else this.all.set(name, [value]);
  }
}

function chosenLengths({ all }: Columns, units: readonly string[]): Pick<ExchangeStatistics, 'chosenLength'> {
  const chosenLength: NonNullable<ExchangeStatistics['chosenLength']> = {};
  for (const unit of units) {
    const [chosen, rejected] = [all.get(`${unit}/chosen`), all.get(`${unit}/rejected`)];
    if (!chosen || !rejected) return {};
    const longer = chosen.filter((length, at) => length > rejected[at]!).length / chosen.length;
    const equal = chosen.filter((length, at) => length === rejected[at]).length / chosen.length;
    chosenLength[unit] = { longer, equal, shorter: Math.max(0, 1 - longer - equal) };
  }
  return units.length > 0 ? { chosenLength } : {};
}

function characters(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) pairs++;
  }
  return text.length - pairs;
}

function words(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

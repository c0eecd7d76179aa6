import { TEMPLATES, type Template } from '../../judges/llm/templates.ts';
import type { OptionTable } from '../command.ts';

/** Options of every command that asks judges. */
export const JUDGE_OPTIONS = {
  template: {
    choices: TEMPLATES,
    default: 'alpaca-eval' as const,
    describe:
      'How openai:<model> and policy:<folder> are asked; openai/<template>:<model> and policy/<template>:<folder> say it for one judge',
  },
  'base-url': {
    type: 'string',
    requiresArg: true,
    describe: 'Address of an OpenAI-compatible API, /v1 included',
    defaultDescription: "OPENAI_BASE_URL, or OpenAI's",
  },
  temperature: {
    type: 'number',
    requiresArg: true,
    describe: 'Of what a language model that judges says; models that reason take 1 only',
    defaultDescription: "the template's",
  },
  'max-tokens': {
    type: 'number',
    requiresArg: true,
    describe: 'Longest answer of a language model that judges, in tokens; prompt and answer must fit its context',
    defaultDescription: "the template's, 1024 to 16000",
  },
  criteria: {
    type: 'string',
    requiresArg: true,
    describe: 'Of the rubric: JSON file with a list of {"name", "description", "weight"?}',
  },
  references: {
    type: 'string',
    requiresArg: true,
    describe: 'Right answers for verifier:exact and verifier:numeric: file of prompts with answers',
  },
  concurrency: { type: 'number', requiresArg: true, default: 8, describe: 'Questions under way at once at an API' },
  'price-in': { type: 'number', requiresArg: true, describe: 'US dollars per million prompt tokens, to tell the cost' },
  'price-out': { type: 'number', requiresArg: true, describe: 'US dollars per million answer tokens' },
  'judge-precision': {
    choices: ['auto', 'fp32', 'bf16'] as const,
    default: 'fp32' as const,
    describe: "Of PairRM's matrix products; auto: what is faster on this machine",
  },
  device: { type: 'string', requiresArg: true, default: 'auto', describe: 'auto, cpu, gpu or gpu:<number>' },
  threads: { type: 'number', requiresArg: true, describe: 'Threads of one operation', defaultDescription: 'all' },
} as const satisfies OptionTable;

/** What the options say. */
export interface JudgeArguments {
  template: Template;
  'base-url'?: string | undefined;
  temperature?: number | undefined;
  'max-tokens'?: number | undefined;
  criteria?: string | undefined;
  references?: string | undefined;
  concurrency: number;
  'price-in'?: number | undefined;
  'price-out'?: number | undefined;
  'judge-precision': 'auto' | 'fp32' | 'bf16';
  device: string;
  threads?: number | undefined;
}

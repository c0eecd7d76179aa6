import type { Message } from '../messages.ts';
import { promptMessages } from '../promptMessages.ts';
import { parseTranscript } from '../transcript.ts';
import type { AdaptedPair, RawRow } from './adapter.ts';
import { conversationOf, holdsTurns } from './conversation.ts';
import { pairOfAnswers } from './pairOfAnswers.ts';
import { RowFault } from './rowFault.ts';

interface Side {
  prompt: Message[];
  answer: string;
  /** Whether the conversation stood in front of the answer. */
  whole: boolean;
}

/**
 * The pair of a row with `chosen` and `rejected`, or what is wrong with it. Each side is an answer as text, messages that end
 * in the answer, or an HH transcript. The conversation stands in front of both answers, or in `prompt`, `messages` or
 * `instruction`. Where it stands in front and `prompt` is there too, `prompt` must be its beginning or one of its user turns.
 */
export function pairOfSides(row: RawRow): AdaptedPair | RowFault {
  const chosen = sideOf(row, 'chosen');
  if (chosen instanceof RowFault) return chosen;
  const rejected = sideOf(row, 'rejected');
  if (rejected instanceof RowFault) return rejected;
  if (JSON.stringify(chosen.prompt) !== JSON.stringify(rejected.prompt)) {
    return new RowFault('two-prompts', 'expected one prompt, "chosen" and "rejected" have different ones', 'rejected');
  }
  if (chosen.whole && rejected.whole && !agrees(row['prompt'], chosen.prompt)) {
    const why = 'expected "prompt" at the beginning of "chosen" and "rejected", found another conversation there';
    return new RowFault('other-prompt', why, 'prompt', row['prompt']);
  }
  return pairOfAnswers(chosen.prompt, chosen.answer, rejected.answer);
}

/** The conversation and the answer of one side, or what is wrong with it. */
function sideOf(row: RawRow, side: 'chosen' | 'rejected'): Side | RowFault {
  const value = row[side];
  if (value === undefined || value === null) {
    return new RowFault('missing-field', `expected "chosen" and "rejected", found no "${side}"`, side);
  }
  if (value === '') return new RowFault('empty-answer', `expected two answers, ${side} is empty`, side, value);
  const isText = typeof value === 'string' && !holdsTurns(value);
  const turns = isText ? parseTranscript(value) : conversationOf(side, value);
  if (turns instanceof RowFault) return turns;
  if (turns && turns.at(-1)?.role !== 'assistant') {
    return new RowFault('no-answer-turn', `"${side}" must end in an assistant's answer`, side, turns.at(-1)?.role);
  }
  if (turns && turns.length > 1) return { prompt: turns.slice(0, -1), answer: turns.at(-1)!.content, whole: true };
  const answer = turns ? turns[0]!.content : (value as string);
  const { prompt: given, messages, instruction, input } = row;
  if ((given ?? messages ?? instruction ?? null) === null) {
    const places = '"prompt", "messages", "instruction" or in front of each answer';
    return new RowFault('missing-field', `expected the conversation in ${places}, found none`, 'prompt');
  }
  const prompt = promptMessages({ prompt: given, messages, instruction, input });
  return prompt instanceof RowFault ? prompt : { prompt, answer, whole: false };
}

function agrees(given: unknown, prompt: readonly Message[]): boolean {
  if (given === undefined || given === null) return true;
  const isText = typeof given === 'string' && !holdsTurns(given);
  const turns = isText ? parseTranscript(given) : conversationOf('prompt', given);
  if (turns === undefined) {
    return prompt.some(({ role, content }) => role === 'user' && content.trim() === (given as string).trim());
  }
  if (turns instanceof RowFault) return false;
  // A transcript cut before the answer ends in an empty Assistant turn.
  const asked = turns.at(-1)?.content === '' ? turns.slice(0, -1) : turns;
  return JSON.stringify(asked) === JSON.stringify(prompt.slice(0, asked.length));
}

import { promptMessages } from '../promptMessages.ts';
import type { AdaptedResponse, Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { conversationOf } from './conversation.ts';
import { pairOfSides } from './pairOfSides.ts';
import { lastAnswer } from './responseOf.ts';
import { RowFault } from './rowFault.ts';

const SIDES = ['a', 'b'] as const;

/**
 * Two models' conversations and the one that won. A tie makes no pair. Conversations of several turns have different
 * answers on the way, hence different prompts, and make none either.
 *
 * @see https://huggingface.co/datasets/lmsys/chatbot_arena_conversations
 */
export const arena: Adapter = {
  name: 'arena',
  describes: 'conversation_a and conversation_b as messages, with winner: model_a, model_b or a tie',
  matches: (row) => has(row, 'conversation_a') || has(row, 'conversation_b'),
  toPairs: (row) => {
    const winner = winnerOf(row);
    if (winner instanceof RowFault) return winner;
    if (winner === 'tie') {
      return new RowFault(
        'tie',
        `expected a winner in "winner", found "${String(row['winner'])}"`,
        'winner',
        row['winner'],
      );
    }
    const loser = winner === 'a' ? 'b' : 'a';
    const pair = pairOfSides({ chosen: row[`conversation_${winner}`], rejected: row[`conversation_${loser}`] });
    if (!(pair instanceof RowFault)) return [pair];
    const inArena = (text: string): string =>
      text.replaceAll(/\bchosen\b/g, `conversation_${winner}`).replaceAll(/\brejected\b/g, `conversation_${loser}`);
    return new RowFault(pair.reason, inArena(pair.why), pair.field && inArena(pair.field), pair.value);
  },
  toPrompt: ({ conversation_a: turns }) => {
    const messages = conversationOf('conversation_a', turns);
    return messages instanceof RowFault ? messages : promptMessages({ messages });
  },
  toResponses: (row) => {
    const winner = winnerOf(row);
    if (winner instanceof RowFault) return winner;
    const responses: AdaptedResponse[] = [];
    for (const side of SIDES) {
      const field = `conversation_${side}`;
      const turns = conversationOf(field, row[field]);
      if (turns instanceof RowFault) return turns;
      const response = lastAnswer(field, turns);
      if (response instanceof RowFault) return response;
      const model = row[`model_${side}`];
      responses.push({
        ...response,
        ...(winner === 'tie' ? {} : { label: winner === side }),
        ...(typeof model === 'string' ? { generator: model } : {}),
      });
    }
    return responses;
  },
};

function winnerOf({ winner }: RawRow): 'a' | 'b' | 'tie' | RowFault {
  if (winner === 'model_a') return 'a';
  if (winner === 'model_b') return 'b';
  if (winner === 'tie' || winner === 'tie (bothbad)') return 'tie';
  return RowFault.in('winner', 'model_a, model_b, tie or tie (bothbad)', winner);
}

import { readAnswer } from './readAnswer.ts';
import type { Sentence } from './readAnswer.ts';
import { COUNTS, readRequest } from './request.ts';
import type { Request } from './request.ts';

/** The independent qualities of an answer, in the order of every vector of them. */
export const QUALITIES = ['onTopic', 'complete', 'polite', 'concise', 'noRepetition'] as const;
export type Quality = (typeof QUALITIES)[number];

/** One score in [0, 1] for each quality; 1 is flawless. */
export type Qualities = Record<Quality, number>;

/** Words an answer may have; from here the score for brevity falls, to 0 over the next `LENGTH_SLOPE` words. */
export const WORD_LIMIT = 55;
const LENGTH_SLOPE = 30;

/** Share of `onTopic` that items carry; the rest is for naming topic and context before them. */
const ITEM_SHARE = 0.75;

/**
 * Scores an answer in each quality by its words alone. Any text is scored: one without a known sentence gets 0 everywhere.
 *
 * - `onTopic`: share of the distinct items that are about the topic asked for, and a lead that names topic and context
 * - `complete`: as many distinct items as asked for, about whatever topic; one too many costs as much as one too few
 * - `polite`: half for a courteous opening before the items, half for a closing after them; 0 when rude
 * - `concise`: no filler, no more than one lead, opening and closing, at most `WORD_LIMIT` words; repeats count once
 * - `noRepetition`: no sentence, run of four words or stutter occurs again
 *
 * The last two are scaled by the share of words in known sentences, so that gibberish does not pass for brevity.
 */
export function qualities(promptText: string, answerText: string): Qualities {
  const request = readRequest(promptText);
  const sentences = readAnswer(answerText);
  const distinct = [
    ...new Map(sentences.toReversed().map((sentence) => [sentence.key, sentence])).values(),
  ].toReversed();
  const fluency = knownShare(sentences);
  return {
    onTopic: onTopic(request, distinct),
    complete: complete(request, distinct),
    polite: polite(distinct),
    concise: fluency * concise(distinct),
    noRepetition: fluency * noRepetition(sentences, distinct),
  };
}

/** The scores as a vector in the order of `QUALITIES`. */
export function qualityVector(scores: Readonly<Qualities>): number[] {
  return QUALITIES.map((quality) => scores[quality]);
}

function onTopic({ topic, context }: Request, distinct: readonly Sentence[]): number {
  if (!topic) return 0;
  const said = distinct.filter(({ role }) => role === 'item' || role === 'unknown');
  const items = said.filter((sentence) => sentence.topic === topic).length / Math.max(1, said.length);
  const lead = distinct.find(({ role }) => role === 'lead');
  const named = (lead?.topic === topic ? 0.5 : 0) + (lead && lead.context === context ? 0.5 : 0);
  return ITEM_SHARE * items + (1 - ITEM_SHARE) * named;
}

function complete({ count }: Request, distinct: readonly Sentence[]): number {
  if (!count) return 0;
  const items = distinct.filter(({ role }) => role === 'item').length;
  return Math.max(0, 1 - Math.abs(items - COUNTS[count]) / COUNTS[count]);
}

function polite(distinct: readonly Sentence[]): number {
  if (distinct.some(({ role }) => role === 'rude')) return 0;
  const { opening, closing } = courtesies(distinct);
  return (opening ? 0.5 : 0) + (closing ? 0.5 : 0);
}

/** Courtesies in their place; others are padding. */
function courtesies(distinct: readonly Sentence[]): { opening?: Sentence; closing?: Sentence } {
  const first = distinct.findIndex(({ role }) => role === 'item');
  if (first < 0) return {};
  const last = distinct.findLastIndex(({ role }) => role === 'item');
  const opening = distinct.slice(0, first).find(({ role }) => role === 'opening');
  const closing = distinct.slice(last).find(({ role }) => role === 'closing');
  return { ...(opening && { opening }), ...(closing && { closing }) };
}

function concise(distinct: readonly Sentence[]): number {
  const { opening, closing } = courtesies(distinct);
  const padding = distinct.filter((sentence) => {
    if (sentence.role === 'opening' || sentence.role === 'closing') return sentence !== opening && sentence !== closing;
    return sentence.role === 'filler';
  }).length;
  const leads = distinct.filter(({ role }) => role === 'lead').length;
  const length = 1 - Math.max(0, wordCount(distinct) - WORD_LIMIT) / LENGTH_SLOPE;
  return Math.max(0, 1 - 0.5 * (padding + Math.max(0, leads - 1))) * Math.max(0, length);
}

function noRepetition(sentences: readonly Sentence[], distinct: readonly Sentence[]): number {
  const repeatedSentences = sentences.length - distinct.length;
  const words = distinct.flatMap((sentence) => sentence.words);
  const runs = distinct.flatMap((sentence) => runsOfFour(sentence.words));
  const stutters = distinct.flatMap(({ words }) => words.filter((word, i) => word === words[i + 1]));
  const repeatedWords = (runs.length - new Set(runs).size + stutters.length) / Math.max(1, words.length);
  return Math.max(0, 1 - 0.5 * repeatedSentences) * Math.max(0, 1 - 3 * repeatedWords);
}

function runsOfFour(words: readonly string[]): string[] {
  return words.slice(3).map((_, i) => words.slice(i, i + 4).join(' '));
}

function knownShare(sentences: readonly Sentence[]): number {
  return wordCount(sentences.filter(({ role }) => role !== 'unknown')) / Math.max(1, wordCount(sentences));
}

function wordCount(sentences: readonly Sentence[]): number {
  return sentences.reduce((sum, { words }) => sum + words.length, 0);
}

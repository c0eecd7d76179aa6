/** Whom or what circumstances the answer is for. */
export interface Context {
  /** As the user says it: "for my father". */
  readonly asked: string;
  /** As the answer says it: "for your father". */
  readonly answered: string;
}

const context = (asked: string): Context => ({ asked, answered: asked.replace(/\bmy\b/, 'your') });

/** People an answer can be meant for; they suit every kind of prompt. */
export const AUDIENCES: readonly Context[] = [
  'for a beginner',
  'for a busy student',
  'for my grandmother',
  'for my old friends',
  'for a large family',
  'for my neighbor',
  'for a young child',
  'for my father',
  'for my little sister',
  'for a quiet guest',
  'for my teacher',
  'for my new team',
].map(context);

/** Circumstances; they suit every kind of prompt but explanations. */
const SETTINGS: readonly Context[] = [
  'on a small budget',
  'with little time',
  'with no help',
  'in winter',
  'in a small town',
  'on a rainy day',
  'during the holidays',
  'after work',
  'at the weekend',
  'before my birthday',
].map(context);

export const CONTEXTS: readonly Context[] = [...AUDIENCES, ...SETTINGS];

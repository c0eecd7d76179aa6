import { shown } from './shown.ts';

/** What kinds of faults rows have, for counting them; {@link RowFault.why} has the words. */
export type FaultReason =
  | 'no-row'
  | 'unknown-format'
  | 'mapping'
  | 'duplicate-id'
  | 'missing-field'
  | 'wrong-value'
  | 'not-text'
  | 'empty-prompt'
  | 'empty-answer'
  | 'equal-answers'
  | 'no-answer-turn'
  | 'two-prompts'
  | 'other-prompt'
  | 'tie'
  | 'margin';

/** Why a row cannot be used. A class, so that it is told from what a row holds by `instanceof`. */
export class RowFault {
  readonly reason: FaultReason;
  /** A sentence that names the field, what was expected and what was found. */
  readonly why: string;
  /** The field at fault, such as `messages[2].content`. */
  readonly field: string | undefined;
  /** What the field holds: its JSON, cut. */
  readonly value: string | undefined;

  constructor(reason: FaultReason, why: string, field?: string, value?: unknown) {
    this.reason = reason;
    this.why = why;
    this.field = field;
    this.value = value === undefined ? undefined : shown(value);
  }

  /** The fault of a field that should hold `expected`: a missing field where it holds nothing, else a wrong value. */
  static in(field: string, expected: string, value: unknown): RowFault {
    const found = value ?? undefined;
    const reason = found === undefined ? 'missing-field' : 'wrong-value';
    return new RowFault(reason, `expected ${expected} in "${field}", found ${shown(found)}`, field, found);
  }
}

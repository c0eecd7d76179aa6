/** What the prompts of one kind ask for. */
export interface Kind {
  readonly name: 'tips' | 'explanations' | 'gifts' | 'meals' | 'trips';
  /** Stands between the count and the subject: "three *tips for* growing tomatoes". */
  readonly link: string;
  /** Ways to ask that only this kind has; `{count}`, `{subject}` and `{context}` are filled in. */
  readonly phrasings: readonly string[];
  /** Whether prompts of this kind may name a setting ("in winter") beside an audience ("for my father"). */
  readonly hasSettings: boolean;
}

/** One thing to ask about, with everything the world knows about it. */
export interface Topic {
  readonly kind: Kind;
  /** Words that name the topic in prompts and answers; no subject is part of another. */
  readonly subject: string;
  /** Sentences without capital and full stop, so that a connective can lead them in. */
  readonly facts: readonly string[];
}

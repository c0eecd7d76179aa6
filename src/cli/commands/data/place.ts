/** Positional of every verb that reads rows. */
export const PLACE = {
  type: 'string',
  demandOption: true,
  describe: 'JSON Lines, JSON, CSV, Parquet or Arrow file, text also compressed; or a pattern or folder of such',
} as const;

/** Option of the verbs that read rows as something. */
export const AS = {
  choices: ['auto', 'pairs', 'responses', 'prompts'] as const,
  default: 'auto' as const,
  describe: 'What each row should hold; auto: what most of the first rows do',
} as const;

/** Option of the verbs that read rows by their format. */
export const ADAPTER = {
  type: 'string',
  requiresArg: true,
  default: 'auto',
  describe: 'Format of the rows, such as hh-transcript; auto tells each by its fields',
} as const;

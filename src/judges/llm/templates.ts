/** How judges that are language models are asked. */
export const TEMPLATES = [
  'alpaca-eval',
  'mt-bench',
  'mt-bench-single',
  'arena-hard',
  'arena-hard-creative',
  'rubric',
  'self-reference',
  'rationale',
] as const;

export type Template = (typeof TEMPLATES)[number];

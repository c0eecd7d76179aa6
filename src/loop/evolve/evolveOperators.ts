/** A way to make a new prompt of another. */
export type EvolveOperator = 'deepen' | 'constrain' | 'broaden';

/**
 * What a model is asked to do with a prompt: ask for more depth, for one thing more, or for another one of its kind.
 *
 * After the in-depth and in-breadth evolving of Xu et al. 2023, arXiv:2304.12244, appendix A and B, in fewer words.
 */
export const EVOLVE_OPERATORS: Readonly<Record<EvolveOperator, string>> = {
  deepen:
    'Rewrite this prompt so that answering it well takes more knowledge or more steps of thought. It must stay clear and ' +
    'answerable.',
  constrain:
    'Rewrite this prompt with one more requirement that a good answer has to meet. It must stay clear and answerable.',
  broaden: 'Write a new prompt in the field of this one, about something rarer, of the same length and difficulty.',
};

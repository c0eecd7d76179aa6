import type { BuiltinRecipes } from '../recipe/resolveRecipe.ts';

/** The recipes of the package; loaded when asked for, as they pull in the engine. */
export const BUILTIN_RECIPES: BuiltinRecipes = {
  'b-star': () => import('../../recipes/b-star.ts'),
  dpo: () => import('../../recipes/dpo.ts'),
  eva: () => import('../../recipes/eva.ts'),
  inpo: () => import('../../recipes/inpo.ts'),
  ipo: () => import('../../recipes/ipo.ts'),
  'iterative-dpo': () => import('../../recipes/iterative-dpo.ts'),
  kto: () => import('../../recipes/kto.ts'),
  'nash-md': () => import('../../recipes/nash-md.ts'),
  nft: () => import('../../recipes/nft.ts'),
  'online-dpo': () => import('../../recipes/online-dpo.ts'),
  osp: () => import('../../recipes/osp.ts'),
  'preference-model': () => import('../../recipes/preference-model.ts'),
  quickstart: () => import('../../recipes/quickstart.ts'),
  'reward-model': () => import('../../recipes/reward-model.ts'),
  'self-rationalization': () => import('../../recipes/self-rationalization.ts'),
  'self-rewarding': () => import('../../recipes/self-rewarding.ts'),
  sft: () => import('../../recipes/sft.ts'),
  spin: () => import('../../recipes/spin.ts'),
  spo: () => import('../../recipes/spo.ts'),
  sppo: () => import('../../recipes/sppo.ts'),
  xpo: () => import('../../recipes/xpo.ts'),
};

import { EXPLANATIONS } from './explanations.ts';
import { GIFTS } from './gifts.ts';
import { MEALS } from './meals.ts';
import { TIPS } from './tips.ts';
import type { Topic } from './topic.ts';
import { TRIPS } from './trips.ts';

/** Everything a prompt can be about. */
export const TOPICS: readonly Topic[] = [...TIPS, ...EXPLANATIONS, ...GIFTS, ...MEALS, ...TRIPS];

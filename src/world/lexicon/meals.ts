import type { Kind, Topic } from './topic.ts';

const kind: Kind = {
  name: 'meals',
  link: '',
  phrasings: [
    'I want to cook {subject} {context}. Name {count} of them.',
    'Which {count} {subject} would you cook {context}?',
  ],
  hasSettings: true,
};

export const MEALS: readonly Topic[] = [
  {
    kind,
    subject: 'rice dishes',
    facts: [
      'fry rice with peas and ginger',
      'cook rice in coconut milk',
      'bake rice with cheese on top',
      'stir mushrooms into soft rice',
      'serve cold rice with raw fish',
      'fill peppers with rice and meat',
      'mix rice with sweet corn',
      'heat rice with honey and nuts',
    ],
  },
  {
    kind,
    subject: 'egg dishes',
    facts: [
      'boil eggs and serve them with salt',
      'fry eggs on dark bread',
      'fold an omelet over mushrooms',
      'bake eggs in a red sauce',
      'stir eggs into hot noodles',
      'fill eggs with soft cheese',
      'whisk eggs with milk and herbs',
      'mix cold eggs into a green salad',
    ],
  },
  {
    kind,
    subject: 'potato dishes',
    facts: [
      'mash potatoes with butter',
      'roast potatoes with garlic',
      'bake potatoes in thick cream',
      'fry thin potatoes in hot oil',
      'mix potatoes into a warm salad',
      'serve potatoes with white cheese',
      'fold potatoes into small cakes',
      'boil young potatoes with herbs',
    ],
  },
  {
    kind,
    subject: 'bean soups',
    facts: [
      'cook white beans with garlic',
      'simmer red beans with spices',
      'add green beans to a clear broth',
      'mix black beans with lemon juice',
      'heat beans with meat and carrots',
      'mash half of the cooked beans',
      'stir noodles into the bean pot',
      'serve the beans with dry bread',
    ],
  },
];

import type { Kind, Topic } from './topic.ts';

const kind: Kind = {
  name: 'gifts',
  link: '',
  phrasings: [
    'I want to buy {subject} {context}. Name {count} of them.',
    'Which {count} {subject} would you choose {context}?',
  ],
  hasSettings: true,
};

export const GIFTS: readonly Topic[] = [
  {
    kind,
    subject: 'music gifts',
    facts: [
      'buy two seats for a concert',
      'find an old record in good shape',
      'wrap a small wooden drum',
      'print the words of a famous song',
      'pay for a singing lesson',
      'give a book about a band',
      'record a song together',
      'choose a light music stand',
    ],
  },
  {
    kind,
    subject: 'garden gifts',
    facts: [
      'pack seeds of wild flowers',
      'choose strong gloves in green',
      'give a young apple tree',
      'hang up a house for birds',
      'buy a light metal spade',
      'paint a flower pot by hand',
      'add a hat against the sun',
      'wrap a box of spring herbs',
    ],
  },
  {
    kind,
    subject: 'kitchen gifts',
    facts: [
      'give a sharp knife in a box',
      'choose a heavy iron pan',
      'fill a jar with spices',
      'make a bag with big pockets',
      'buy a good bottle of oil',
      'write down family meals in a book',
      'wrap a board made of wood',
      'find a tea pot with two cups',
    ],
  },
  {
    kind,
    subject: 'travel gifts',
    facts: [
      'give a map of far places',
      'choose a light bag with wheels',
      'buy a pillow for long flights',
      'print photos from the last trip',
      'wrap a cup that keeps tea hot',
      'add a strong lock for the bag',
      'find a guide to hidden beaches',
      'pack a warm coat in blue',
    ],
  },
];

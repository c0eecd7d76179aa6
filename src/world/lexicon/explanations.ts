import type { Kind, Topic } from './topic.ts';

const kind: Kind = {
  name: 'explanations',
  link: 'points on',
  phrasings: [
    'Please explain {subject} {context} in {count} points.',
    'Tell me {subject} {context}, using {count} points.',
  ],
  hasSettings: false,
};

export const EXPLANATIONS: readonly Topic[] = [
  {
    kind,
    subject: 'why leaves fall',
    facts: [
      'the days grow short and cold',
      'the tree stops making green color',
      'the roots find less water',
      'a thin layer cuts the stems',
      'the wind pulls dry leaves away',
      'bare trees need less food',
      'snow cannot break the branches',
      'new leaves wait for spring',
    ],
  },
  {
    kind,
    subject: 'how bees make honey',
    facts: [
      'bees visit flowers for sweet juice',
      'they carry the juice home',
      'bees pass it from mouth to mouth',
      'their wings dry the juice',
      'thick honey fills the small cells',
      'a lid of wax closes each cell',
      'bees eat honey in the cold months',
      'a dance shows where flowers grow',
    ],
  },
  {
    kind,
    subject: 'why the sea is salty',
    facts: [
      'rain washes salt out of rocks',
      'rivers carry the salt down',
      'the sun dries the water on top',
      'the salt stays behind in the sea',
      'hot springs below add more salt',
      'little salt ever leaves the sea',
      'the salt grows over many years',
      'volcanoes bring salt from deep below',
    ],
  },
  {
    kind,
    subject: 'how rainbows form',
    facts: [
      'sunlight enters small drops of rain',
      'each drop bends the light',
      'white light breaks into seven colors',
      'the light comes back to your eyes',
      'red bends less than blue',
      'the sun must stand behind you',
      'many drops paint one big arc',
      'the colors leave when the rain ends',
    ],
  },
];

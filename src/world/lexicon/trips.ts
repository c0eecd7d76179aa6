import type { Kind, Topic } from './topic.ts';

const kind: Kind = {
  name: 'trips',
  link: '',
  phrasings: [
    'I want to plan {subject} {context}. Name {count} of them.',
    'Which {count} {subject} would you plan {context}?',
  ],
  hasSettings: true,
};

export const TRIPS: readonly Topic[] = [
  {
    kind,
    subject: 'trips to the sea',
    facts: [
      'walk along the beach at night',
      'climb the old white tower',
      'take a boat for an hour',
      'eat fresh fish at the harbor',
      'look for shells in the sand',
      'swim in the quiet bay',
      'watch the waves from the rocks',
      'fly a kite in the wind',
    ],
  },
  {
    kind,
    subject: 'trips to the mountains',
    facts: [
      'ride the train to the top',
      'sleep in a wooden hut',
      'swim in a cold lake',
      'follow the path to the glacier',
      'climb an easy rock with a guide',
      'watch the goats on the hill',
      'drink tea with a wide view',
      'count the stars on a clear night',
    ],
  },
  {
    kind,
    subject: 'city walks',
    facts: [
      'visit the big art museum',
      'cross the oldest bridge on foot',
      'try the food at the market',
      'sit in the park with a book',
      'see the clock above the square',
      'ask a guide for hidden streets',
      'follow the river to the harbor',
      'look at the shop windows',
    ],
  },
  {
    kind,
    subject: 'forest walks',
    facts: [
      'listen to the birds at dawn',
      'search for mushrooms under the trees',
      'rest by the little waterfall',
      'learn the names of ten trees',
      'look for tracks of deer',
      'pick berries along the path',
      'take photos of the tall ferns',
      'eat lunch on a fallen tree',
    ],
  },
];

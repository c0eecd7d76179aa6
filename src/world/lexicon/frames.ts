/** Ways to ask that suit every kind; `{request}` is "three tips for growing tomatoes". */
export const PHRASINGS: readonly string[] = [
  'Please give me {request} {context}.',
  'Could you suggest {request} {context}?',
  'I am looking for {request} {context}.',
  'I would like {request} {context}, please.',
  'Can you think of {request} {context}?',
  'Do you know {request} {context}?',
  'Help me find {request} {context}.',
  'Write down {request} {context}.',
];

/** Sentences that name the request again before the items follow. */
export const LEADS: readonly string[] = [
  'Here are {request} {context}.',
  'Let me share {request} {context}.',
  'You may like these {request} {context}.',
  'I would suggest {request} {context}.',
];

/** Courteous first sentences. */
export const OPENINGS: readonly string[] = [
  'Of course, with pleasure!',
  'Thank you for asking.',
  'I am happy to help.',
  'What a good question!',
  'Certainly, here you are!',
  'I am glad you asked.',
];

/** Courteous last sentences. */
export const CLOSINGS: readonly string[] = [
  'I hope this helps you.',
  'Have a lovely day!',
  'Please ask me again any time.',
  'Good luck, and enjoy it!',
  'All the best to you.',
  'Let me know how it goes.',
];

/** Discourteous first sentences. */
export const RUDE_OPENINGS: readonly string[] = [
  'What a silly question.',
  'You should know this already.',
  'Fine, if I must.',
];

/** Discourteous last sentences. */
export const RUDE_CLOSINGS: readonly string[] = [
  'Now leave me alone.',
  'Do not ask me again.',
  'Next time do it yourself.',
];

/** Sentences that say nothing. */
export const FILLERS: readonly string[] = [
  'There is so much to say here.',
  'Many people think about this a lot.',
  'Some say this and some say that.',
  'It is what it is, as they say.',
  'One could talk about it for hours.',
  'Let me think for a moment.',
  'This is a very big subject.',
  'Well, that is life, my friend.',
];

/** Words that lead the items in; an answer keeps to one row. The rows are long enough for repeated items. */
export const CONNECTIVES: readonly (readonly string[])[] = [
  ['First,', 'Second,', 'Third,', 'Fourth,', 'Fifth,'],
  ['To begin,', 'Then,', 'Next,', 'Also,', 'Besides,'],
  ['Above all,', 'Also,', 'Besides,', 'Further,', 'Again,'],
];

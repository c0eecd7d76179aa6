import * as fc from 'fast-check';

/** Text of what readers of text trip over; fast-check's own strings of any characters take seconds to set up. */
const SIGNS = ['a', 'b', ',', ';', '\t', ' ', '"', "'", '\\', '\r', '[', ']', '{', '}', ':', 'é', '漢', '🦜', '\u2028'];
export const anyText = fc.string({ unit: fc.constantFrom(...SIGNS) });

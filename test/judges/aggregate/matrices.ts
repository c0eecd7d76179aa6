import * as fc from 'fast-check';

/** Complete antisymmetric matrices of 2 to 9 answers, with ties and certain wins among their entries. */
export const matrices: fc.Arbitrary<number[][]> = fc.integer({ min: 2, max: 9 }).chain((size) =>
  fc
    .array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1)), {
      minLength: (size * (size - 1)) / 2,
      maxLength: (size * (size - 1)) / 2,
    })
    .map((entries) => {
      const rest = entries.values();
      const matrix = Array.from({ length: size }, () => Array.from({ length: size }, () => 0.5));
      for (let i = 0; i < size; i++) {
        for (let j = i + 1; j < size; j++) {
          matrix[i]![j] = rest.next().value!;
          matrix[j]![i] = 1 - matrix[i]![j]!;
        }
      }
      return matrix;
    }),
);

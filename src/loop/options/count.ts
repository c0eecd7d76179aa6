import { z } from 'zod';

/** A whole number above 0. */
export const count = z.int().positive();

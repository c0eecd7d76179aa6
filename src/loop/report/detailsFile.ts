import { z } from 'zod';

import { UserError } from '../../base/userError.ts';
import type { ReportDetails } from './reportData.ts';

/** What a recipe says of its run for the report; written when the run comes to its end. */
export const DETAILS_FILE = 'report.json';

const schema = z.object({
  title: z.string(),
  summary: z.string().optional(),
  judge: z.object({ name: z.string(), heldOutAccuracy: z.number().optional() }).optional(),
  notes: z.array(z.string()),
});

/** What `report.json` holds. */
export type DetailsFile = z.infer<typeof schema>;

/** The text of `report.json`. */
export function detailsText({ title, summary, judge }: ReportDetails, notes: readonly string[]): string {
  return `${JSON.stringify({ title, summary, judge, notes }, null, 2)}\n`;
}

/** @throws {UserError} `run.malformed` when the file holds something else */
export function parseDetails(file: unknown): DetailsFile {
  const parsed = schema.safeParse(file);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UserError(
    'run.malformed',
    `${DETAILS_FILE}: expected what a recipe says of its run, found\n  ${problems.join('\n  ')}\n` +
      'Delete the file to make the report without it.',
  );
}

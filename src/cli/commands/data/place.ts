/** Positional of every verb that reads rows. */
export const PLACE = {
  type: 'string',
  demandOption: true,
  describe: 'JSON Lines, JSON, Parquet or Arrow file; text also gzipped',
} as const;

import { expect, test } from 'vitest';

import { benchStartup } from '../../bench/startup.ts';

test('the start of the program and the import of the losses are timed from the sources', () => {
  const { times } = benchStartup({ repeats: 1 });
  const fromSources = times.filter(({ from }) => from === 'sources');
  expect(fromSources.map(({ what }) => what)).toEqual(['nashtune --help', "import 'nashtune/losses'"]);
  for (const { secondsMedian, secondsRange } of times) {
    expect(secondsMedian).toBeGreaterThan(0);
    expect(secondsRange).toEqual([secondsMedian, secondsMedian]);
  }
});

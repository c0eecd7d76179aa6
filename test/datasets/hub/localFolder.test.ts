import { expect, test } from 'vitest';

import { localFolder } from '../../../datasets/index.ts';
import { userErrorOf } from '../userErrorOf.ts';

test('a path is taken as it is, a reference to the Hub is resolved', async () => {
  expect(await localFolder('./my-model')).toBe('./my-model');
  const env = { HF_HUB_OFFLINE: '1', HF_HOME: '/nowhere' };
  expect((await userErrorOf(() => localFolder('hub:owner/name', { env }))).code).toBe('hub.offline');
});

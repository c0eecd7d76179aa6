// A process of its own for fetchLibrary.test.ts. Arguments: address of the index, pinned wheel as JSON.
import { fetchLibrary } from '../../../src/engine/library/fetchLibrary.ts';
import type { WheelPin } from '../../../src/engine/library/wheels.ts';

const [index = '', pin = ''] = process.argv.slice(2);
const messages: string[] = [];
const location = await fetchLibrary({
  index,
  wheels: { cpu: JSON.parse(pin) as WheelPin },
  onMessage: (message) => messages.push(message),
});
process.stdout.write(JSON.stringify({ folder: location.folder, messages }));

import { defineCommand } from '../command.ts';

export const setupCommand = defineCommand({
  usage: 'setup',
  summary: 'Fetch the native TensorFlow library ahead of time',
  positionals: {},
  options: {
    gpu: { type: 'boolean', default: false, describe: 'Fetch the CUDA build with its CUDA libraries' },
    quiet: { type: 'boolean', default: false, describe: 'Print nothing when the library is there' },
  },
  examples: [
    ['$0 setup', 'Before going offline, or in an image'],
    ['$0 setup --gpu', 'On a machine with an NVIDIA GPU'],
  ],
  run: async (args, session) => {
    if (process.env['NASHTUNE_NATIVE'] === 'off') {
      if (args.json) session.printJson({ location: null, fetched: false, driver: null });
      else if (!args.quiet) session.note('NASHTUNE_NATIVE=off is set: the native library is not used, so not fetched.');
      return 0;
    }
    const { setup } = await import('../../engine/library/setup.ts');
    const result = await setup({ gpu: args.gpu, quiet: args.quiet, output: session.io.stderr });
    if (args.json) session.printJson(result);
    return 0;
  },
});

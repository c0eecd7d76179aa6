// tfjs-core alone knows no gradient and no backend: a loss imported into a plain script could be computed nowhere and
// differentiated by nobody. Loading tfjs registers all gradients and the portable backend with the core that is in use.
//
// `require` because tfjs is CommonJS: `import` would make Node scan its seven megabytes for names that nobody asks for
// here, which takes longer than running them (all of nashtune/losses: 0.31 s so, 0.21 s with `require`). Outside Node the
// program imports tfjs itself, as it must for a backend, and this line does nothing.
globalThis.process?.getBuiltinModule?.('node:module').createRequire(import.meta.url)('@tensorflow/tfjs');

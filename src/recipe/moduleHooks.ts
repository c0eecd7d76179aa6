import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { packageManifest, packageRoot } from './packageRoot.ts';

/*
 * Runs in Node's thread for hooks, so it is given as text. A recipe's `nashtune` is the copy that runs it, wherever the
 * recipe lies: a second copy would have an engine and error classes of its own. What its folder does not have installed
 * (zod) comes from our dependencies. And a .ts file is an ES module, even where no package.json says so; of a .js file
 * Node finds out itself, where tsx would take it for CommonJS.
 */
const HOOKS = `
  let own, home;
  export function initialize(data) { ({ own, home } = data); }
  export async function resolve(specifier, context, next) {
    if (Object.hasOwn(own, specifier)) return { url: own[specifier], format: 'module', shortCircuit: true };
    const found = await next(specifier, context).catch((error) => {
      if (error?.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^\\w+:/.test(specifier)) throw error;
      return next(specifier, { ...context, parentURL: home }).catch(() => { throw error; });
    });
    const extension = /^file:(?!.*\\/node_modules\\/).*\\.([jt]s)$/.exec(found.url)?.[1];
    if (extension === undefined || found.format === 'module') return found;
    return { ...found, format: extension === 'ts' ? 'module' : undefined };
  }
  //# sourceURL=nashtune/moduleHooks
`;

let hasHooks = false;
let hasTypeScript = import.meta.url.endsWith('.ts'); // then tsx runs us

/** Makes `import()` load recipe files: those in TypeScript too when asked for. */
export async function enableRecipeImports(typeScript: boolean): Promise<void> {
  if (typeScript && !hasTypeScript) {
    const tsx = await import('tsx/esm/api');
    tsx.register();
    hasTypeScript = true;
  }
  if (hasHooks) return;
  hasHooks = true;
  const home = pathToFileURL(join(packageRoot(), 'package.json')).href;
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { parentURL: home, data: { own: ownModules(), home } });
}

/** Address of every public module by the name under which it is imported. */
function ownModules(): Record<string, string> {
  const isSource = import.meta.url.endsWith('.ts');
  const modules: Record<string, string> = {};
  for (const [subpath, target] of Object.entries(packageManifest().exports)) {
    if (typeof target === 'string') continue;
    const file = isSource ? target.default.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts') : target.default;
    modules[`nashtune${subpath.slice(1)}`] = pathToFileURL(join(packageRoot(), file)).href;
  }
  return modules;
}

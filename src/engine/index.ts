export { compile } from './compile.ts';
export type { Compiled, CompileMode, CompileOptions } from './compile.ts';
export { createParameter, parameterBytes } from './parameter.ts';
export type { Parameter } from './parameter.ts';
export { startEngine } from './startEngine.ts';
export type { DeviceName, Engine, EngineOptions } from './startEngine.ts';
export type { TensorTree } from './trees.ts';
export { whileLoop } from './whileLoop.ts';
export { updateSlice } from './updateSlice.ts';

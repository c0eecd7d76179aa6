import koffi from 'koffi';

import { keepLoaded } from './keepLoaded.ts';
import { quietly } from './quietly.ts';

/** An address inside TensorFlow; koffi hands pointers over as bigint. */
export type Pointer = bigint;

/** One output of a graph operation (TF_Output). */
export interface GraphOutput {
  oper: Pointer;
  index: number;
}

/** The part of TensorFlow's C API (c_api.h and eager/c_api.h) that the engine calls, one property a function. */
const SIGNATURES = {
  version: 'const char* TF_Version()',
  newStatus: 'void* TF_NewStatus()',
  deleteStatus: 'void TF_DeleteStatus(void*)',
  setStatus: 'void TF_SetStatus(void*, int, const char*)',
  getCode: 'int TF_GetCode(void*)',
  message: 'const char* TF_Message(void*)',

  newContextOptions: 'void* TFE_NewContextOptions()',
  contextOptionsSetConfig: 'void TFE_ContextOptionsSetConfig(void*, const void*, size_t, void*)',
  deleteContextOptions: 'void TFE_DeleteContextOptions(void*)',
  newContext: 'void* TFE_NewContext(void*, void*)',
  listDevices: 'void* TFE_ContextListDevices(void*, void*)',
  deviceListCount: 'int TF_DeviceListCount(void*)',
  deviceListName: 'const char* TF_DeviceListName(void*, int, void*)',
  deviceListType: 'const char* TF_DeviceListType(void*, int, void*)',
  deviceListMemoryBytes: 'int64_t TF_DeviceListMemoryBytes(void*, int, void*)',
  deleteDeviceList: 'void TF_DeleteDeviceList(void*)',

  allocateTensor: 'void* TF_AllocateTensor(int, const int64_t*, int, size_t)',
  tensorData: 'void* TF_TensorData(void*)',
  tensorByteSize: 'size_t TF_TensorByteSize(void*)',
  deleteTensor: 'void TF_DeleteTensor(void*)',
  newHandle: 'void* TFE_NewTensorHandle(void*, void*)',
  deleteHandle: 'void TFE_DeleteTensorHandle(void*)',
  resolveHandle: 'void* TFE_TensorHandleResolve(void*, void*)',
  handleType: 'int TFE_TensorHandleDataType(void*)',
  handleNumDims: 'int TFE_TensorHandleNumDims(void*, void*)',
  handleDim: 'int64_t TFE_TensorHandleDim(void*, int, void*)',

  newOp: 'void* TFE_NewOp(void*, const char*, void*)',
  deleteOp: 'void TFE_DeleteOp(void*)',
  opAddInput: 'void TFE_OpAddInput(void*, void*, void*)',
  opSetAttrString: 'void TFE_OpSetAttrString(void*, const char*, const char*, size_t)',
  opSetAttrInt: 'void TFE_OpSetAttrInt(void*, const char*, int64_t)',
  opSetAttrIntList: 'void TFE_OpSetAttrIntList(void*, const char*, const int64_t*, int)',
  opSetAttrFloat: 'void TFE_OpSetAttrFloat(void*, const char*, float)',
  opSetAttrBool: 'void TFE_OpSetAttrBool(void*, const char*, uint8_t)',
  opSetAttrType: 'void TFE_OpSetAttrType(void*, const char*, int)',
  opSetAttrShape: 'void TFE_OpSetAttrShape(void*, const char*, const int64_t*, int, void*)',
  execute: 'void TFE_Execute(void*, _Inout_ void**, _Inout_ int*, void*)',

  newGraph: 'void* TF_NewGraph()',
  deleteGraph: 'void TF_DeleteGraph(void*)',
  newOperation: 'void* TF_NewOperation(void*, const char*, const char*)',
  addInput: 'void TF_AddInput(void*, TF_Output)',
  addInputList: 'void TF_AddInputList(void*, const TF_Output*, int)',
  addControlInput: 'void TF_AddControlInput(void*, void*)',
  setAttrString: 'void TF_SetAttrString(void*, const char*, const char*, size_t)',
  setAttrStringList: 'void TF_SetAttrStringList(void*, const char*, const char**, const int64_t*, int)',
  setAttrInt: 'void TF_SetAttrInt(void*, const char*, int64_t)',
  setAttrIntList: 'void TF_SetAttrIntList(void*, const char*, const int64_t*, int)',
  setAttrFloat: 'void TF_SetAttrFloat(void*, const char*, float)',
  setAttrBool: 'void TF_SetAttrBool(void*, const char*, uint8_t)',
  setAttrType: 'void TF_SetAttrType(void*, const char*, int)',
  setAttrTypeList: 'void TF_SetAttrTypeList(void*, const char*, const int*, int)',
  setAttrShape: 'void TF_SetAttrShape(void*, const char*, const int64_t*, int)',
  setAttrTensor: 'void TF_SetAttrTensor(void*, const char*, void*, void*)',
  setAttrFuncName: 'void TF_SetAttrFuncName(void*, const char*, const char*, size_t)',
  finishOperation: 'void* TF_FinishOperation(void*, void*)',
  outputType: 'int TF_OperationOutputType(TF_Output)',
  graphNumDims: 'int TF_GraphGetTensorNumDims(void*, TF_Output, void*)',
  graphGetShape: 'void TF_GraphGetTensorShape(void*, TF_Output, _Out_ int64_t*, int, void*)',
  graphSetShape: 'void TF_GraphSetTensorShape(void*, TF_Output, const int64_t*, int, void*)',
  graphToFunction:
    'void* TF_GraphToFunctionWithControlOutputs(void*, const char*, uint8_t, int, void*, int, const TF_Output*, int, const TF_Output*, void*, int, const void**, const char**, void*, const char*, void*)',
  graphCopyFunction: 'void TF_GraphCopyFunction(void*, void*, void*, void*)',
  functionSetAttr: 'void TF_FunctionSetAttrValueProto(void*, const char*, const void*, size_t, void*)',
  deleteFunction: 'void TF_DeleteFunction(void*)',
  contextAddFunction: 'void TFE_ContextAddFunction(void*, void*, void*)',
  contextRemoveFunction: 'void TFE_ContextRemoveFunction(void*, const char*, void*)',

  // tsl::enable_tensor_float_32_execution(bool), which has no name in the C API.
  enableTensorFloat32: 'void _ZN3tsl32enable_tensor_float_32_executionEb(bool)',
  // tensorflow::IsMKLEnabled(), likewise: whether operations are oneDNN's where it has them (TF_ENABLE_ONEDNN_OPTS, processor).
  usesOneDnn: 'bool _ZN10tensorflow12IsMKLEnabledEv()',
  // tensorflow::IsDataTypeSupportedByOneDNNOnThisCPU(const DataType&): AVX2 alone does not do for bfloat16.
  isTypeOfOneDnn: 'bool _ZN10tensorflow36IsDataTypeSupportedByOneDNNOnThisCPUERKNS_8DataTypeE(const int*)',
} as const;

type Result<S extends string> = S extends `void* ${string}`
  ? Pointer
  : S extends `const char* ${string}`
    ? string
    : S extends `int ${string}`
      ? number
      : S extends `bool ${string}`
        ? boolean
        : S extends `${'size_t' | 'int64_t'} ${string}`
          ? number | bigint
          : void;

/** Every function also runs on a worker thread through `.async(...args, callback)`. */
export type NativeFunction<R> = ((...args: unknown[]) => R) & {
  async: (...args: [...unknown[], (error: Error | null, result: R) => void]) => void;
};

export type CApi = { readonly [K in keyof typeof SIGNATURES]: NativeFunction<Result<(typeof SIGNATURES)[K]>> };

let outputType: unknown;

// Global visibility: the second library finds the first one's symbols, and CUDA libraries are found by their soname.
function load(path: string): ReturnType<typeof koffi.load> {
  const library = koffi.load(path, { global: true, lazy: true });
  keepLoaded(path);
  return library;
}

/**
 * Loads TensorFlow's two libraries and binds the C API.
 *
 * @throws {Error} when a library does not load or lacks a symbol; the caller adds what to do about it
 */
export function loadCApi(libraries: { preload: readonly string[]; framework: string; library: string }): CApi {
  const library = quietly(() => {
    for (const path of [...libraries.preload, libraries.framework]) load(path);
    return load(libraries.library);
  });
  outputType ??= koffi.struct('TF_Output', { oper: 'void*', index: 'int' });
  const entries = Object.entries(SIGNATURES).map(([name, signature]) => [name, library.func(signature)]);
  return Object.fromEntries(entries) as CApi;
}

/** A view, without copying, of `bytes` bytes of native memory. */
export function nativeBytes(address: Pointer, bytes: number): Uint8Array {
  return new Uint8Array(koffi.view(address, bytes));
}

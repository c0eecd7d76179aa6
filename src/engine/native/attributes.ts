import type { Pointer } from './cApi.ts';
import { int64List, type TensorFlow } from './tensorFlow.ts';

/** Attribute kinds as tfjs-node numbers them (TF_AttrType, c_api.h). */
export const ATTRIBUTE = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5, RESOURCE: 9 } as const;

export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

export const typeAttribute = (name: string, dtype: number): OpAttribute => ({
  name,
  type: ATTRIBUTE.TYPE,
  value: dtype,
});

export const shapeAttribute = (name: string, shape: readonly number[]): OpAttribute => ({
  name,
  type: ATTRIBUTE.SHAPE,
  value: shape,
});

export const stringAttribute = (name: string, value: string): OpAttribute => ({
  name,
  type: ATTRIBUTE.STRING,
  value,
});

export const intAttribute = (name: string, value: number): OpAttribute => ({ name, type: ATTRIBUTE.INT, value });

export const stringsAttribute = (name: string, value: readonly string[]): OpAttribute => ({
  name,
  type: ATTRIBUTE.STRING,
  value,
});

export const floatAttribute = (name: string, value: number): OpAttribute => ({ name, type: ATTRIBUTE.FLOAT, value });

export const boolAttribute = (name: string, value: boolean): OpAttribute => ({ name, type: ATTRIBUTE.BOOL, value });

/** Sets attributes on an eager operation. */
export function setEagerAttributes(tensorFlow: TensorFlow, op: Pointer, attributes: readonly OpAttribute[]): void {
  const { api } = tensorFlow;
  for (const { name, type, value } of attributes) {
    if (type === ATTRIBUTE.STRING && Array.isArray(value)) {
      throw new Error(`Attribute ${name} is a list of texts, which only operations in a recording take.`);
    }
    if (type === ATTRIBUTE.STRING) api.opSetAttrString(op, name, value, Buffer.byteLength(String(value)));
    else if (type === ATTRIBUTE.INT && Array.isArray(value)) {
      api.opSetAttrIntList(op, name, int64List(value as number[]), value.length);
    } else if (type === ATTRIBUTE.INT) api.opSetAttrInt(op, name, value);
    else if (type === ATTRIBUTE.FLOAT) api.opSetAttrFloat(op, name, value);
    else if (type === ATTRIBUTE.BOOL) api.opSetAttrBool(op, name, value ? 1 : 0);
    else if (type === ATTRIBUTE.TYPE) api.opSetAttrType(op, name, value);
    else if (type === ATTRIBUTE.SHAPE) {
      const shape = value as readonly number[];
      tensorFlow.check((status) => api.opSetAttrShape(op, name, int64List(shape), shape.length, status));
    } else throw unknownAttribute(name, type);
  }
}

/** Sets attributes on an operation of a graph under construction. */
export function setGraphAttributes(tensorFlow: TensorFlow, op: Pointer, attributes: readonly OpAttribute[]): void {
  const { api } = tensorFlow;
  for (const { name, type, value } of attributes) {
    if (type === ATTRIBUTE.STRING && Array.isArray(value)) {
      const strings = value as string[];
      api.setAttrStringList(
        op,
        name,
        strings,
        int64List(strings.map((text) => Buffer.byteLength(text))),
        strings.length,
      );
    } else if (type === ATTRIBUTE.STRING) api.setAttrString(op, name, value, Buffer.byteLength(String(value)));
    else if (type === ATTRIBUTE.INT && Array.isArray(value)) {
      api.setAttrIntList(op, name, int64List(value as number[]), value.length);
    } else if (type === ATTRIBUTE.INT) api.setAttrInt(op, name, value);
    else if (type === ATTRIBUTE.FLOAT) api.setAttrFloat(op, name, value);
    else if (type === ATTRIBUTE.BOOL) api.setAttrBool(op, name, value ? 1 : 0);
    else if (type === ATTRIBUTE.TYPE) api.setAttrType(op, name, value);
    else if (type === ATTRIBUTE.SHAPE) {
      const shape = value as readonly number[];
      api.setAttrShape(op, name, int64List(shape), shape.length);
    } else throw unknownAttribute(name, type);
  }
}

function unknownAttribute(name: string, type: number): Error {
  return new Error(`The engine knows no attribute type ${type} (attribute ${name}).`);
}

import { Bool, Field, Float64, Int64, List, Struct, Utf8, type DataType } from 'apache-arrow';

type Scalar = 'text' | 'number' | 'integer of 64 bits' | 'boolean';

const SCALARS = new Map<string, Scalar>([
  ['string', 'text'],
  ['number', 'number'],
  ['bigint', 'integer of 64 bits'],
  ['boolean', 'boolean'],
]);

/** The Arrow type that holds all values of a column, found value by value: memory does not grow with their number. */
export class TypeSketch {
  readonly #scalars = new Set<Scalar>();
  #item: TypeSketch | undefined;
  #fields: Map<string, TypeSketch> | undefined;

  /** Takes note of one value; missing ones say nothing. */
  add(value: unknown): void {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) {
      this.#item ??= new TypeSketch();
      for (const item of value) this.#item.add(item);
      return;
    }
    const scalar = SCALARS.get(typeof value);
    if (scalar) this.#scalars.add(scalar);
    else this.addFields(value);
  }

  /** Takes note of the fields of an object. */
  addFields(value: object): void {
    this.#fields ??= new Map();
    for (const [name, item] of Object.entries(value)) {
      let sketch = this.#fields.get(name);
      if (!sketch) this.#fields.set(name, (sketch = new TypeSketch()));
      sketch.add(item);
    }
  }

  /** The fields noted, in the order they came. */
  fields(where = ''): { fields: Field[]; problems: string[] } {
    const problems: string[] = [];
    const fields = Array.from(this.#fields ?? [], ([name, sketch]) => {
      const { type, problems: own } = sketch.#type(where === '' ? name : `${where}.${name}`);
      problems.push(...own);
      return new Field(name, type, true);
    });
    return { fields, problems };
  }

  /** The type, text where no value was seen; and what keeps the values from having one. */
  #type(where: string): { type: DataType; problems: string[] } {
    const kinds: string[] = [...this.#scalars];
    if (this.#item) kinds.push('list');
    if (this.#fields) kinds.push('object');
    if (kinds.length > 1) return { type: new Utf8(), problems: [`"${where}" holds ${kinds.join(' and ')}`] };
    if (this.#item) {
      const { type, problems } = this.#item.#type(`${where}[]`);
      return { type: new List(new Field('item', type, true)), problems };
    }
    if (this.#fields) {
      const { fields, problems } = this.fields(where);
      // Neither Arrow nor Parquet readers agree on an object without fields.
      if (fields.length === 0) problems.push(`"${where}" holds objects without fields alone`);
      return { type: new Struct(fields), problems };
    }
    const [scalar] = this.#scalars;
    if (scalar === 'number') return { type: new Float64(), problems: [] };
    if (scalar === 'integer of 64 bits') return { type: new Int64(), problems: [] };
    return { type: scalar === 'boolean' ? new Bool() : new Utf8(), problems: [] };
  }
}

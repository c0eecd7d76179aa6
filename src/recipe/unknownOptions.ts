import { closest } from '../base/closest.ts';
import { isConfigTree, ownField, type ConfigTree } from './configTree.ts';
import { listOptions, type JsonSchema } from './describeOptions.ts';

interface UnknownOption {
  /** Empty, or the path of the section with a dot at its end. */
  section: string;
  name: string;
  /** What the section has. */
  known: string[];
}

/** One line for every option that the schema does not have, with what was probably meant. */
export function unknownOptions(given: ConfigTree, schema: JsonSchema): string[] {
  return findUnknown(given, schema, '').map((option) => {
    const { section, name, known } = option;
    const meant = meantOption(option, schema);
    const suggestion = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    const level = section === '' ? 'Options' : `Options of ${section.slice(0, -1)}`;
    return `✖ Unknown option "${section}${name}".${suggestion} ${level}: ${known.join(', ')}.`;
  });
}

function findUnknown(given: ConfigTree, { properties = {} }: JsonSchema, section: string): UnknownOption[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const field = ownField(properties, name);
    if (field === undefined) return [{ section, name, known: Object.keys(properties) }];
    const isSection = isConfigTree(value) && field.properties !== undefined;
    return isSection ? findUnknown(value, field, `${section}${name}.`) : [];
  });
}

/** A near name in the same section, else the same name in another one. */
function meantOption({ section, name, known }: UnknownOption, schema: JsonSchema): string | undefined {
  const near = closest(name, known);
  if (near !== undefined) return `${section}${near}`;
  return listOptions(schema).find(({ key }) => key.split('.').at(-1) === name)?.key;
}

/**
 * Fills the slots `{name}` of a template, all at once: what an answer contains is never taken for a slot. Braces around
 * other names stay.
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (slot, name: string) => (Object.hasOwn(values, name) ? values[name]! : slot));
}

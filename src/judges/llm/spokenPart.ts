/** What a model says behind its thoughts, `<think> ... </think>`, where it writes them down. */
export function spokenPart(text: string): string {
  const end = text.lastIndexOf('</think>');
  return end < 0 ? text : text.slice(end + '</think>'.length);
}

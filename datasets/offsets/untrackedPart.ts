/** Raised for a part of a tokenizer through which no spans can be followed; the message names it. */
export class UntrackedPart extends Error {
  override readonly name = 'UntrackedPart';
}

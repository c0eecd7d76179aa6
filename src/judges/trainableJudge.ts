import type { Message } from '../../datasets/index.ts';
import type { ComparedText, ComparisonModel, TextTensors } from '../models/index.ts';

/** A model that will be a judge when it is trained, and how it reads answers. */
export interface TrainableJudge<Text extends ComparedText, B extends TextTensors> extends ComparisonModel<Text, B> {
  /** An answer in its conversation as token ids; what is longer than the context loses its start. */
  encode(prompt: readonly Message[], answer: string): Text;
}

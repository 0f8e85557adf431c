import { stories } from './stories.ts';
import { DESKTOP } from './support/visitor.ts';

stories(DESKTOP);

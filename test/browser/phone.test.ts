import { stories } from './stories.ts';
import { PHONE } from './support/visitor.ts';

stories(PHONE);

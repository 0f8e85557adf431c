/** From an alert to its incident. */
import type { Button } from '@slack/types';
import type { AlertGroup } from '../core/alert/alert-group.ts';
import { ACTIONS } from './actions.ts';
import { both, button, context, NOTHING, type Part } from './blocks.ts';
import { escapeText } from './text.ts';

/** One incident is enough: what has one says so, in place of the button. */
export const declareButton = ({ incident }: AlertGroup, value: string): readonly Button[] =>
  incident === undefined
    ? [button({ actionId: ACTIONS.declareIncident, label: 'Declare incident', value })]
    : [];

export const incidentLine = ({ incident }: AlertGroup): Part =>
  incident === undefined ? NOTHING : both(context(`🚨 ${escapeText(incident, 20)} is about it`));

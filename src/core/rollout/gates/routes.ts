/** No candidate before every route to its host names a colour, and none that the Service would not pick. Pure. */

import type { MeshSurvey, RoomSurvey } from '../ground.ts';
import type { GateResult } from '../plan.ts';
import { trackingFree } from '../tracking-marks.ts';
import { passed, podLabels, refused, unseen } from './gate.ts';

export function otherRoutes(host: string, { uncoloured, unseenRoutes }: MeshSurvey): GateResult {
  if (uncoloured.length > 0)
    return refused(
      'other_routes',
      `${uncoloured.slice(0, 5).join(', ')}${uncoloured.length > 5 ? ` and ${uncoloured.length - 5} more` : ''} sends to ${host} without a subset: a candidate would get those requests before it has any weight`,
    );
  return unseenRoutes === null
    ? passed('other_routes', `every route to ${host} names a colour`)
    : unseen('other_routes', unseenRoutes);
}

export const ROUTES_HINT =
  'Give each of them the subset of the live colour, let it go through the route of the service, or take it away.';

/** Pods that the Service does not pick have no endpoint: every request with their colour would fail. */
export function picked(template: unknown, { selector }: RoomSurvey): GateResult {
  if (selector === null)
    return refused(
      'service',
      'There is no Service with a selector for the host, so no colour has an endpoint',
    );
  const labels = trackingFree(podLabels(template));
  const missing = Object.entries(selector).filter(
    ([key, value]) => key !== 'dabbawala.dev/colour' && labels[key] !== value,
  );
  const colour = selector['dabbawala.dev/colour'];
  if (colour !== undefined)
    return refused(
      'service',
      `The Service picks pods of ${colour} alone: the other colour would have no endpoint`,
    );
  return missing.length === 0
    ? passed('service', 'the Service picks the pods of the candidate')
    : refused(
        'service',
        `The Service wants ${missing.map(([key, value]) => `${key}=${value}`).join(', ')}, which the template does not give its pods: they would have no endpoint`,
      );
}

export const SERVICE_HINT =
  'Let selector of the Service and labels of the pod template agree, without a colour.';

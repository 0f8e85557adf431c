/** Nothing in the way around the pods of a plan, and what a test puts there. */
import {
  type Ground,
  known,
  type MeshSurvey,
  type RoomSurvey,
  type SafetySettings,
} from '../../src/core/rollout/ground.ts';

export const SAFETY: SafetySettings = {
  singleton: false,
  twoVersionsSafe: false,
  isOwnerAcknowledged: false,
};

export const MESH: MeshSurvey = { owners: [], uncoloured: [], unseenRoutes: null, policies: known([]) };

export const ROOM: RoomSurvey = {
  quotas: known([]),
  selector: { app: 'payment-gateway' },
  running: null,
};

export const ground = (overrides: Partial<Ground> = {}): Ground => ({
  owners: [],
  mesh: MESH,
  room: ROOM,
  endpointOwners: [{ kind: 'Deployment', name: 'payment-gateway-blue', pods: 3 }],
  exclusiveClaims: [],
  ...overrides,
});

export const mesh = (overrides: Partial<MeshSurvey>): Ground => ground({ mesh: { ...MESH, ...overrides } });
export const room = (overrides: Partial<RoomSurvey>): Ground => ground({ room: { ...ROOM, ...overrides } });

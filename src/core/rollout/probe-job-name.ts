/** Jobs of a probe begin with this: the mesh names the sender of their requests by it. */
export const probeJobPrefix = (probe: string): string => `probe-${probe.slice(0, 40)}-`;

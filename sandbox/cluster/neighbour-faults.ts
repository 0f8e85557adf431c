import { KINDS, type Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import type { StatusCause } from './status.ts';

/** What the server refuses of the kinds that stand around a workload. */

type Loose = Record<string, unknown>;

const invalid = (field: string, value: unknown, why: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

const required = (field: string, why = ''): StatusCause => ({
  reason: 'FieldValueRequired',
  message: `Required value${why === '' ? '' : `: ${why}`}`,
  field,
});

export function neighbourFaults(kind: Kind, object: KubeObject, live: KubeObject | undefined): StatusCause[] {
  const spec = (object.spec ?? {}) as Loose;
  if (kind === KINDS.horizontalpodautoscalers) return autoscalerFaults(spec);
  if (kind === KINDS.poddisruptionbudgets) return budgetFaults(spec);
  if (kind === KINDS.services) return [...serviceFaults(spec), ...addressFaults(spec, live)];
  if (kind === KINDS.events) return eventFaults(object);
  return [];
}

function autoscalerFaults(spec: Loose): StatusCause[] {
  const {
    minReplicas = 1,
    maxReplicas = 0,
    scaleTargetRef,
  } = spec as {
    minReplicas?: number;
    maxReplicas?: number;
    scaleTargetRef?: Loose;
  };
  const faults: StatusCause[] = [];
  if (minReplicas < 1) {
    faults.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) faults.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  if (maxReplicas < minReplicas) {
    faults.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  for (const field of ['kind', 'name']) {
    if (!scaleTargetRef?.[field]) faults.push(required(`spec.scaleTargetRef.${field}`));
  }
  if (!scaleTargetRef) {
    faults.push(invalid('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'));
  }
  if (minReplicas === 0) {
    faults.push({
      reason: 'FieldValueForbidden',
      message:
        'Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
      field: 'spec.metrics',
    });
  }
  return faults;
}

function budgetFaults(spec: Loose): StatusCause[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy = null } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    // As Go prints it, with the names of its own fields.
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy,
    };
    return [invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set')];
  }
  return ['minAvailable', 'maxUnavailable'].flatMap((field) => {
    const value = spec[field];
    if (typeof value === 'number' && value < 0) {
      return [invalid(`spec.${field}`, value, 'must be greater than or equal to 0')];
    }
    const isShare = typeof value === 'string';
    return isShare && Number.parseInt(value, 10) > 100
      ? [invalid(`spec.${field}`, value, 'must not be greater than 100%')]
      : [];
  });
}

const PORTS = 'must be between 1 and 65535, inclusive';
const isPort = (value: unknown): boolean => typeof value === 'number' && value >= 1 && value <= 65_535;

function serviceFaults(spec: Loose): StatusCause[] {
  const ports = (spec.ports ?? []) as { name?: string; port: number; targetPort?: number | string }[];
  const isBare = spec.type === 'ExternalName' || spec.clusterIP === 'None';
  if (ports.length === 0) return isBare ? [] : [required('spec.ports')];
  return ports.flatMap((port, i) => [
    ...(ports.length > 1 && !port.name ? [required(`spec.ports[${i}].name`)] : []),
    ...(isPort(port.port) ? [] : [invalid(`spec.ports[${i}].port`, port.port, PORTS)]),
    ...(typeof port.targetPort !== 'number' || isPort(port.targetPort)
      ? []
      : [invalid(`spec.ports[${i}].targetPort`, port.targetPort, PORTS)]),
  ]);
}

function addressFaults(spec: Loose, live: KubeObject | undefined): StatusCause[] {
  const before = (live?.spec as Loose | undefined)?.clusterIP;
  if (before === undefined || before === spec.clusterIP || spec.clusterIP === undefined) return [];
  return [invalid('spec.clusterIPs[0]', [spec.clusterIP], 'may not change once set')];
}

function eventFaults(object: KubeObject): StatusCause[] {
  const { namespace = '' } = (object.involvedObject ?? {}) as { namespace?: string };
  // About something of the whole cluster it lives in `default`.
  const home = namespace === '' ? 'default' : namespace;
  return home === object.metadata.namespace
    ? []
    : [invalid('involvedObject.namespace', namespace, 'does not match event.namespace')];
}

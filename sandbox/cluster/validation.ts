import { isDeepStrictEqual } from 'node:util';
import { KINDS, type Kind } from './kinds.ts';
import type { KubeObject, LabelSelector, PodTemplate } from './objects.ts';
import { matchesSelector } from './selectors.ts';
import { invalid, type StatusCause } from './status.ts';

/** The checks of the real server that a bot which copies templates and writes labels can run into. */

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const SUBDOMAIN_HINT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_HINT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const VALUE_HINT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_HINT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

export function validate(kind: Kind, object: KubeObject, live: KubeObject | undefined): void {
  const faults: StatusCause[] = [
    ...nameFaults(kind, object),
    ...labelFaults('metadata.labels', object.metadata.labels),
    ...annotationFaults(object.metadata.annotations),
    ...specFaults(kind, object, live),
  ];
  if (faults.length > 0) throw invalid(kind, object.metadata.name, faults);
}

/** What a decoder of typed objects refuses before any check: numbers where strings must be and the like. */
export function findShapeFault(object: KubeObject): string | null {
  for (const field of ['labels', 'annotations'] as const) {
    for (const value of Object.values(object.metadata[field] ?? {})) {
      if (typeof value !== 'string') {
        return `json: cannot unmarshal ${typeof value} into Go struct field ObjectMeta.metadata.${field} of type string`;
      }
    }
  }
  const spec = object.spec as { replicas?: unknown } | undefined;
  if (spec?.replicas !== undefined && !Number.isInteger(spec.replicas)) {
    return `json: cannot unmarshal ${typeof spec.replicas} into Go struct field ${object.kind}Spec.spec.replicas of type int32`;
  }
  return null;
}

function fault(field: string, value: unknown, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

function required(field: string, why = ''): StatusCause {
  return { reason: 'FieldValueRequired', message: `Required value${why === '' ? '' : `: ${why}`}`, field };
}

function nameFaults(kind: Kind, object: KubeObject): StatusCause[] {
  const { name } = object.metadata;
  if (!name) return [required('metadata.name', 'name or generateName is required')];
  const isLabel = kind === KINDS.namespaces || kind === KINDS.services;
  const [pattern, hint, limit] = isLabel ? [LABEL, LABEL_HINT, 63] : [SUBDOMAIN, SUBDOMAIN_HINT, 253];
  if (name.length > limit) return [fault('metadata.name', name, `must be no more than ${limit} bytes`)];
  return pattern.test(name) ? [] : [fault('metadata.name', name, hint)];
}

function keyFaults(field: string, key: string): StatusCause[] {
  const slash = key.indexOf('/');
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== undefined && (!SUBDOMAIN.test(prefix) || prefix.length > 253)) {
    return [fault(field, key, `prefix part ${SUBDOMAIN_HINT}`)];
  }
  if (name.length > 63) return [fault(field, key, 'name part must be no more than 63 bytes')];
  return NAME_PART.test(name) ? [] : [fault(field, key, KEY_HINT)];
}

function labelFaults(field: string, labels: Readonly<Record<string, string>> | undefined): StatusCause[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...keyFaults(field, key),
    ...(value.length > 63 ? [fault(field, value, 'must be no more than 63 bytes')] : []),
    ...(VALUE.test(value) ? [] : [fault(field, value, VALUE_HINT)]),
  ]);
}

function annotationFaults(annotations: Readonly<Record<string, string>> | undefined): StatusCause[] {
  const entries = Object.entries(annotations ?? {});
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...entries.flatMap(([key]) => keyFaults('metadata.annotations', key.toLowerCase())),
    ...(size > 262_144
      ? [
          {
            reason: 'FieldValueTooLong',
            message: 'Too long: may not be more than 262144 bytes',
            field: 'metadata.annotations',
          },
        ]
      : []),
  ];
}

interface WorkloadSpec {
  replicas?: number;
  selector?: LabelSelector;
  template?: PodTemplate;
}

function specFaults(kind: Kind, object: KubeObject, live: KubeObject | undefined): StatusCause[] {
  if (kind === KINDS.deployments || kind === KINDS.replicasets) return workloadFaults(object, live);
  if (kind === KINDS.jobs) return jobFaults(object, live);
  if (kind === KINDS.pods && !live) {
    return containerFaults('spec', object.spec as PodTemplate['spec'] | undefined);
  }
  return [];
}

function workloadFaults(object: KubeObject, live: KubeObject | undefined): StatusCause[] {
  const spec = (object.spec ?? {}) as WorkloadSpec;
  const faults: StatusCause[] = [];
  const { replicas = 1, selector, template } = spec;
  if (replicas < 0) faults.push(fault('spec.replicas', replicas, 'must be greater than or equal to 0'));
  if (!selector) faults.push(required('spec.selector'));
  const labels = template?.metadata?.labels ?? {};
  if (selector && !matchesSelector(selector, labels)) {
    faults.push(
      fault('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    );
  }
  const before = (live?.spec as WorkloadSpec | undefined)?.selector;
  if (live && !isDeepStrictEqual(before, selector)) {
    faults.push(fault('spec.selector', selector, 'field is immutable'));
  }
  const policy = template?.spec?.restartPolicy;
  if (policy !== undefined && policy !== 'Always') {
    faults.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`,
      field: 'spec.template.spec.restartPolicy',
    });
  }
  return [
    ...faults,
    ...labelFaults('spec.template.labels', labels),
    ...containerFaults('spec.template.spec', template?.spec),
  ];
}

function jobFaults(object: KubeObject, live: KubeObject | undefined): StatusCause[] {
  const { template } = (object.spec ?? {}) as WorkloadSpec;
  const before = (live?.spec as WorkloadSpec | undefined)?.template;
  const faults = containerFaults('spec.template.spec', template?.spec);
  if (live && !isDeepStrictEqual(before, template)) {
    faults.push(fault('spec.template', template, 'field is immutable'));
  }
  if (template?.spec?.restartPolicy !== 'Never' && template?.spec?.restartPolicy !== 'OnFailure') {
    faults.push(required('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"'));
  }
  return [...faults, ...labelFaults('spec.template.labels', template?.metadata?.labels)];
}

function containerFaults(field: string, spec: PodTemplate['spec'] | undefined): StatusCause[] {
  if (!spec?.containers?.length) return [required(`${field}.containers`)];
  return spec.containers.flatMap((container, i) => [
    ...(container.name ? [] : [required(`${field}.containers[${i}].name`)]),
    ...(container.image ? [] : [required(`${field}.containers[${i}].image`)]),
  ]);
}

import { isDeepStrictEqual } from 'node:util';
import { goType } from './go-json.ts';
import { KINDS, type Kind } from './kinds.ts';
import { neighbourFaults } from './neighbour-faults.ts';
import type { KubeObject, LabelSelector, OwnerReference, PodTemplate } from './objects.ts';
import { matchesSelector } from './selectors.ts';
import { invalid, type StatusCause } from './status.ts';
import {
  KEY_HINT,
  LABEL,
  LABEL_HINT,
  NAME_PART,
  QUALIFIED_HINT,
  SUBDOMAIN,
  SUBDOMAIN_HINT,
  VALUE,
  VALUE_HINT,
} from './words.ts';

/** The checks of the real server that a bot which copies templates and writes labels can run into. */

export function validate(kind: Kind, object: KubeObject, live: KubeObject | undefined): void {
  const faults: StatusCause[] = [
    ...nameFaults(kind, object),
    ...repeated(labelFaults('metadata.labels', object.metadata.labels), kind.isCustom && live ? 3 : 1),
    ...annotationFaults(object.metadata.annotations),
    ...ownerFaults(object.metadata.ownerReferences ?? []),
    ...repeated(finalizerFaults(object.metadata.finalizers ?? [], live), kind.isCustom && live ? 2 : 1),
    ...specFaults(kind, object, live),
    ...neighbourFaults(kind, object, live),
  ];
  if (faults.length > 0) throw invalid(kind, object.metadata.name, faults);
}

/** An update of a custom resource is checked by several, each of whom says it. */
const repeated = (faults: readonly StatusCause[], times: number): StatusCause[] =>
  Array.from({ length: times }, () => faults).flat();

/** What a decoder of typed objects refuses before any check: numbers where strings must be and the like. */
export function findShapeFault(kind: Kind, object: KubeObject): string | null {
  for (const field of ['labels', 'annotations'] as const) {
    for (const value of Object.values(object.metadata[field] ?? {})) {
      if (typeof value === 'string' || value === null) continue;
      const place = kind.isCustom ? `ObjectMeta.${field}` : `ObjectMeta.metadata.${field}`;
      return `json: cannot unmarshal ${goType(value)} into Go struct field ${place} of type string`;
    }
  }
  const spec = object.spec as { replicas?: unknown; hard?: unknown } | undefined;
  if (kind === KINDS.resourcequotas) {
    const isQuantity = (value: unknown): boolean =>
      /^[+-]?[0-9.]+[eEinumkKMGTP]*[-+]?[0-9]*$/.test(String(value));
    if (!Object.values(spec?.hard ?? {}).every(isQuantity)) {
      return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    }
  }
  if (kind.isCustom || spec?.replicas === undefined || Number.isInteger(spec.replicas)) return null;
  return `json: cannot unmarshal ${goType(spec.replicas)} into Go struct field ${object.kind}Spec.spec.replicas of type int32`;
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
  if (isLabel && name.includes('.')) return [fault('metadata.name', name, 'must not contain dots')];
  if (name.length > limit) return [fault('metadata.name', name, `must be no more than ${limit} bytes`)];
  return pattern.test(name) ? [] : [fault('metadata.name', name, hint)];
}

function keyFaults(field: string, key: string): StatusCause[] {
  if (key.split('/').length > 2) return [fault(field, key, QUALIFIED_HINT)];
  const slash = key.indexOf('/');
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== undefined && (!SUBDOMAIN.test(prefix) || prefix.length > 253)) {
    return [fault(field, key, `prefix part ${SUBDOMAIN_HINT}`)];
  }
  if (name === '') {
    return [
      fault(field, key, 'name part must be non-empty'),
      fault(field, key, `name part ${KEY_HINT.slice(10)}`),
    ];
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

function ownerFaults(owners: readonly OwnerReference[]): StatusCause[] {
  const nameless = owners.flatMap((owner) =>
    owner.uid ? [] : [fault('metadata.ownerReferences.uid', '', 'must not be empty')],
  );
  const [first, second] = owners.filter((owner) => owner.controller === true);
  if (!first || !second) return nameless;
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`;
  return [...nameless, fault('metadata.ownerReferences', owners, why)];
}

const STANDARD_FINALIZERS = new Set(['foregroundDeletion', 'orphan', 'kubernetes']);

function finalizerFaults(finalizers: readonly string[], live: KubeObject | undefined): StatusCause[] {
  const bare = finalizers.flatMap((name, i) =>
    name.includes('/') || STANDARD_FINALIZERS.has(name)
      ? []
      : [
          fault(
            `metadata.finalizers[${i}]`,
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
  const added = finalizers.filter((name) => !live?.metadata.finalizers?.includes(name));
  if (live?.metadata.deletionTimestamp === undefined || added.length === 0) return bare;
  const names = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    ...bare,
    {
      reason: 'FieldValueForbidden',
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
      field: 'metadata.finalizers',
    },
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
  if (selector && Object.keys(selector).length === 0) {
    faults.push(fault('spec.selector', {}, 'empty selector is invalid for deployment'));
  }
  const labels = template?.metadata?.labels;
  if (!selector || !matchesSelector(selector, labels ?? {})) {
    faults.push(
      fault('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'),
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
  const names = spec.containers.map((container) => container.name);
  return spec.containers.flatMap((container, i) => {
    const at = `${field}.containers[${i}]`;
    const isTaken = container.name && names.indexOf(container.name) < i;
    return [
      ...(container.name ? [] : [required(`${at}.name`)]),
      ...(container.name && !LABEL.test(container.name)
        ? [fault(`${at}.name`, container.name, LABEL_HINT)]
        : []),
      ...(isTaken
        ? [
            {
              reason: 'FieldValueDuplicate',
              message: `Duplicate value: ${JSON.stringify(container.name)}`,
              field: `${at}.name`,
            },
          ]
        : []),
      ...(container.image ? [] : [required(`${at}.image`)]),
      ...(container.ports ?? []).flatMap(({ containerPort }, port) =>
        containerPort >= 1 && containerPort <= 65_535
          ? []
          : [
              fault(
                `${at}.ports[${port}].containerPort`,
                containerPort,
                'must be between 1 and 65535, inclusive',
              ),
            ],
      ),
    ];
  });
}

/**
 * Of Falco's documentation what our rules may use: https://falco.org/docs/reference/rules/supported-fields/ (syscall),
 * https://github.com/falcosecurity/plugins/tree/main/plugins/k8saudit#supported-fields (k8s_audit; `jevt.value` is of the json
 * plugin), https://falco.org/docs/concepts/rules/conditions/ (operators), https://falco.org/docs/reference/rules/rule-fields/.
 */
export const FIELDS: Readonly<Record<'syscall' | 'k8s_audit', readonly string[]>> = {
  syscall: [
    'evt.type',
    'evt.time',
    'proc.name',
    'proc.pname',
    'proc.cmdline',
    'proc.exepath',
    'user.name',
    'user.uid',
    'fd.name',
    'fd.directory',
    'container.id',
    'container.name',
    'container.image.repository',
    'container.image.tag',
    'k8s.ns.name',
    'k8s.pod.name',
  ],
  k8s_audit: [
    'jevt.value',
    'ka.auditid',
    'ka.verb',
    'ka.user.name',
    'ka.user.groups',
    'ka.target.name',
    'ka.target.namespace',
    'ka.target.resource',
    'ka.target.subresource',
    'ka.response.code',
    'ka.uri',
  ],
};

/** Defined in the falco_rules.yaml that Falco ships. */
export const MACROS_OF_FALCO: readonly string[] = ['spawned_process', 'open_read', 'container'];

export const OPERATORS: readonly string[] = [
  '!=',
  '<=',
  '>=',
  '=',
  '<',
  '>',
  'contains',
  'icontains',
  'startswith',
  'endswith',
  'glob',
  'exists',
  'pmatch',
  'intersects',
  'in',
];

export const PRIORITIES: readonly string[] = [
  'EMERGENCY',
  'ALERT',
  'CRITICAL',
  'ERROR',
  'WARNING',
  'NOTICE',
  'INFORMATIONAL',
  'DEBUG',
];

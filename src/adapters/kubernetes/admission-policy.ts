/**
 * What the API server itself refuses the bot, as ValidatingAdmissionPolicies (admissionregistration.k8s.io/v1, Kubernetes
 * 1.30 or newer). A right in a Role cannot say "only this image" or "only these two weights"; a policy can. So whoever gets
 * hold of the bot's token cannot run a pod of their own making, nor lead a route elsewhere. Pure: names in, objects out.
 */
import {
  COLOUR_LABEL,
  PROBE_LABEL,
  QUARANTINE_LABEL,
  QUARANTINE_POLICY,
  ROLLOUT_MARK,
  SERVICE_LABEL,
} from './marks.ts';

/** A service in one namespace, as far as a policy names it. */
export interface GuardedService {
  readonly service: string;
  readonly namespace: string;
  /** Plain Deployment that candidates take their pod template from. */
  readonly template: string;
  /** The one container whose image a rollout sets. */
  readonly container: string;
  /** Repository without tag or digest. */
  readonly repository: string;
  /** Host of the route's destinations, and name of the VirtualService. */
  readonly host: string;
  readonly route: string;
}

export interface PolicyNames {
  readonly serviceAccount: string;
  /** Namespace that the bot itself runs in. */
  readonly botNamespace: string;
}

interface Validation {
  readonly expression: string;
  readonly message: string;
}

/** Every field of PodSpec but `containers`, of Kubernetes 1.36: a field that an older server lacks is absent on both sides. */
const POD_FIELDS = [
  'activeDeadlineSeconds',
  'affinity',
  'automountServiceAccountToken',
  'dnsConfig',
  'dnsPolicy',
  'enableServiceLinks',
  'hostAliases',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostUsers',
  'hostname',
  'hostnameOverride',
  'imagePullSecrets',
  'initContainers',
  'nodeName',
  'nodeSelector',
  'os',
  'overhead',
  'preemptionPolicy',
  'priority',
  'priorityClassName',
  'readinessGates',
  'resourceClaims',
  'resources',
  'restartPolicy',
  'runtimeClassName',
  'schedulerName',
  'schedulingGates',
  'securityContext',
  'serviceAccountName',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
  'subdomain',
  'terminationGracePeriodSeconds',
  'tolerations',
  'topologySpreadConstraints',
  'volumes',
];

/** Every field of Container but `name` and `image`. */
const CONTAINER_FIELDS = [
  'args',
  'command',
  'env',
  'envFrom',
  'imagePullPolicy',
  'lifecycle',
  'livenessProbe',
  'ports',
  'readinessProbe',
  'resizePolicy',
  'resources',
  'restartPolicy',
  'restartPolicyRules',
  'securityContext',
  'startupProbe',
  'stdin',
  'stdinOnce',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'tty',
  'volumeDevices',
  'volumeMounts',
  'workingDir',
];

/** Every field of an HTTP route of Istio's VirtualService but `route`. */
const HTTP_FIELDS = [
  'corsPolicy',
  'delegate',
  'directResponse',
  'fault',
  'headers',
  'match',
  'mirror',
  'mirrorPercent',
  'mirror_percent',
  'mirrorPercentage',
  'mirrors',
  'name',
  'redirect',
  'retries',
  'rewrite',
  'timeout',
];

const RULE_FIELDS = ['exportTo', 'host', 'trafficPolicy', 'workloadSelector'];

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const all = (...terms: readonly string[]): string => terms.map((term) => `(${term})`).join(' &&\n');
const any = (...terms: readonly string[]): string => terms.map((term) => `(${term})`).join(' ||\n');
/** Equal in each field, absent on both sides included. */
const sameIn = (fields: readonly string[], a: string, b: string): string =>
  `[${fields.map(quote).join(', ')}].all(f, dyn(${a})[?f] == dyn(${b})[?f])`;

/** Labels or annotations of `a` are those of `b`; what begins with our prefix may differ. */
const sameMarks = (field: 'labels' | 'annotations', a: string, b: string): string => {
  const of = (object: string): string => `${object}.metadata.?${field}.orValue({})`;
  const isIn = (one: string, other: string): string =>
    `${of(one)}.all(k, k.startsWith('dabbawala.dev/') || ${of(other)}[?k] == optional.of(${of(one)}[k]))`;
  return all(isIn(a, b), isIn(b, a));
};

const isPinned = (image: string, repository: string): string =>
  `${image}.startsWith(${repository} + '@sha256:') && ${image}.substring(${repository}.size()).matches('^@sha256:[0-9a-f]{64}$')`;

/**
 * Pod template `a` is `b` in all but the image of one container, which is by digest from the service's own repository.
 * Labels and annotations are b's or fewer, plus the colour: what b lacks, an injector could be told by.
 */
const samePods = (a: string, b: string, isOurImage: (container: string) => string): string => {
  const marks = (field: 'labels' | 'annotations', but: string): string =>
    `${a}.metadata.?${field}.orValue({}).all(k, ${but}${b}.metadata.?${field}.orValue({})[?k] == optional.of(${a}.metadata.${field}[k]))`;
  return all(
    marks('labels', `k == ${quote(COLOUR_LABEL)} || `),
    marks('annotations', ''),
    sameIn(POD_FIELDS, `${a}.spec`, `${b}.spec`),
    `${a}.spec.containers.size() == ${b}.spec.containers.size()`,
    `${a}.spec.containers.all(c, ${b}.spec.containers.exists(t, t.name == c.name && ${sameIn(CONTAINER_FIELDS, 'c', 't')} && (c.image == t.image || (${isOurImage('c')}))))`,
  );
};

const cel = (services: readonly GuardedService[]): string =>
  `[${services
    .map(
      (entry) =>
        `{${(
          [
            ['namespace', entry.namespace],
            ['service', entry.service],
            ['template', entry.template],
            ['container', entry.container],
            ['repository', entry.repository],
            ['host', entry.host],
            ['route', entry.route],
          ] as const
        )
          .map(([key, value]) => `${quote(key)}: ${quote(value)}`)
          .join(', ')}}`,
    )
    .join(', ')}].filter(s, s['namespace'] == request.namespace)`;

const LABELLED = `object.metadata.?labels[?${quote(SERVICE_LABEL)}].orValue('')`;
/** Of a service that the object's label names. */
const forLabelled = (condition: string): string =>
  `variables.services.exists(s, s['service'] == ${LABELLED} && ${condition})`;

interface Matched {
  readonly group: string;
  readonly resource: string;
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
}

interface Policy {
  readonly name: string;
  readonly matched: Matched;
  readonly validations: readonly Validation[];
}

/** What scales pods, of either kind: a twin for a colour while a rollout lives, and target and minimum of what is there. */
function autoscalers(name: string, kind: Omit<Matched, 'operations'>, minimum: string): Policy {
  const ours = (target: string): string =>
    `variables.services.exists(s, ${target} in [s['template'], s['service'] + '-blue', s['service'] + '-green'])`;
  const others = (a: string, b: string): string =>
    `${a}.all(k, k in ['scaleTargetRef', ${quote(minimum)}] || dyn(${b})[?k] == optional.of(dyn(${a})[k]))`;
  return {
    name,
    matched: { ...kind, operations: ['CREATE', 'UPDATE', 'DELETE'] },
    validations: [
      {
        expression: any(
          "request.operation != 'CREATE'",
          forLabelled(
            `dyn(object).spec.scaleTargetRef.name in [s['service'] + '-blue', s['service'] + '-green'] && ${quote(ROLLOUT_MARK)} in object.metadata.?annotations.orValue({})`,
          ),
        ),
        message: 'only the autoscaler of a colour, for a rollout, may be created',
      },
      {
        expression: any(
          "request.operation != 'UPDATE'",
          all(
            ours('dyn(oldObject).spec.scaleTargetRef.name'),
            ours('dyn(object).spec.scaleTargetRef.name'),
            sameMarks('labels', 'object', 'oldObject'),
            sameMarks('annotations', 'object', 'oldObject'),
            'object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences',
            others('object.spec', 'oldObject.spec'),
            others('oldObject.spec', 'object.spec'),
          ),
        ),
        message: 'of an autoscaler only target, minimum and own annotations may change',
      },
      {
        expression: any(
          "request.operation != 'DELETE'",
          `${quote(ROLLOUT_MARK)} in oldObject.metadata.?annotations.orValue({})`,
        ),
        message: 'only an autoscaler that a rollout made may be deleted',
      },
    ],
  };
}

const POLICIES: readonly Policy[] = [
  {
    name: 'deployments',
    matched: { group: 'apps', resource: 'deployments', operations: ['CREATE', 'UPDATE', 'DELETE'] },
    validations: [
      {
        expression: any(
          "request.operation != 'CREATE'",
          forLabelled(
            `object.metadata.name in [s['service'] + '-blue', s['service'] + '-green'] && ${quote(ROLLOUT_MARK)} in object.metadata.?annotations.orValue({})`,
          ),
        ),
        message: 'only a colour of a configured service may be created',
      },
      {
        expression: any(
          "request.operation != 'UPDATE'",
          all(
            "variables.services.exists(s, object.metadata.name in [s['template'], s['service'] + '-blue', s['service'] + '-green'])",
            sameMarks('labels', 'object', 'oldObject'),
            sameMarks('annotations', 'object', 'oldObject'),
            'object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences',
            'object.spec.selector == oldObject.spec.selector',
            any(
              'object.spec.template == oldObject.spec.template',
              `variables.services.exists(s, object.metadata.name == s['template'] && ${samePods('object.spec.template', 'oldObject.spec.template', (container) => `${container}.name == s['container'] && ${isPinned(`${container}.image`, "s['repository']")}`)})`,
            ),
          ),
        ),
        message:
          'only replicas and own annotations may change, and the image of a template by digest from its own repository',
      },
      {
        expression: any(
          "request.operation != 'DELETE'",
          `variables.services.exists(s, oldObject.metadata.name in [s['service'] + '-blue', s['service'] + '-green']) && ${quote(ROLLOUT_MARK)} in oldObject.metadata.?annotations.orValue({})`,
        ),
        message: 'only a colour that a rollout made may be deleted',
      },
    ],
  },
  {
    name: 'jobs',
    matched: { group: 'batch', resource: 'jobs', operations: ['CREATE'] },
    validations: [
      {
        expression: all(
          `${quote(PROBE_LABEL)} in object.metadata.?labels.orValue({})`,
          forLabelled(
            `object.spec.template.spec.containers.all(c, ${isPinned('c.image', "s['repository']")})`,
          ),
        ),
        message: 'only the probe of a configured service, with an image by digest from its own repository',
      },
      {
        expression: all(
          'object.spec.template.spec.containers.size() == 1',
          '!has(object.spec.template.spec.initContainers)',
          "['hostNetwork', 'hostPID', 'hostIPC'].all(f, !(object.spec.template.spec[?f].orValue(false)))",
          "object.spec.template.spec.containers.all(c, !c.?securityContext.?privileged.orValue(true) && !c.?securityContext.?allowPrivilegeEscalation.orValue(true) && c.?securityContext.?runAsNonRoot.orValue(false) && 'ALL' in c.?securityContext.?capabilities.?drop.orValue([]) && c.?securityContext.?capabilities.?add.orValue([]).size() == 0)",
        ),
        message: 'a probe is one container without privileges',
      },
    ],
  },
  {
    name: 'routes',
    matched: { group: 'networking.istio.io', resource: 'virtualservices', operations: ['UPDATE'] },
    validations: [
      {
        expression: all(
          "variables.services.exists(s, object.metadata.name == s['route'])",
          sameIn(['hosts', 'gateways', 'exportTo', 'tls', 'tcp'], 'object.spec', 'oldObject.spec'),
          sameMarks('labels', 'object', 'oldObject'),
          sameMarks('annotations', 'object', 'oldObject'),
          'object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences',
          'object.spec.?http.orValue([]).size() == oldObject.spec.?http.orValue([]).size()',
        ),
        message: 'of a route only weights, colours and own annotations may change',
      },
      {
        expression: `object.spec.?http.orValue([]).all(h, oldObject.spec.?http.orValue([]).exists(o, ${sameIn(HTTP_FIELDS, 'h', 'o')} && ${all(
          "h.?route.orValue([]).all(d, o.?route.orValue([]).exists(e, e == d) || (variables.services.exists(s, d.destination.host == s['host'] || d.destination.host.startsWith(s['host'] + '.')) && d.destination.?subset.orValue('blue') in ['blue', 'green'] && d.?weight.orValue(0) >= 0 && o.?route.orValue([]).exists(e, e.destination.host == d.destination.host && e.destination.?port == d.destination.?port && e.?headers == d.?headers)))",
          "o.?route.orValue([]).all(e, h.?route.orValue([]).exists(d, d.destination.host == e.destination.host && (d == e || variables.services.exists(s, d.destination.host == s['host'] || d.destination.host.startsWith(s['host'] + '.')))))",
        )}))`,
        message: 'a route leads where it led: only the two colours of a configured service share its weight',
      },
    ],
  },
  {
    name: 'subsets',
    matched: { group: 'networking.istio.io', resource: 'destinationrules', operations: ['CREATE', 'UPDATE'] },
    validations: [
      {
        expression: all(
          "variables.services.exists(s, object.spec.host == s['host'] || object.spec.host.startsWith(s['host'] + '.'))",
          `object.spec.?subsets.orValue([]).all(n, (request.operation == 'UPDATE' && oldObject.spec.?subsets.orValue([]).exists(o, o == n)) || (n.name in ['blue', 'green'] && n.?labels.orValue({}) == {${quote(COLOUR_LABEL)}: n.name} && !has(n.trafficPolicy)))`,
          any(
            "request.operation == 'UPDATE'",
            '!has(object.spec.trafficPolicy) && !has(object.spec.workloadSelector)',
          ),
          any(
            "request.operation == 'CREATE'",
            all(
              sameIn(RULE_FIELDS, 'object.spec', 'oldObject.spec'),
              'oldObject.spec.?subsets.orValue([]).all(o, object.spec.?subsets.orValue([]).exists(n, n == o))',
              'object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences',
            ),
          ),
        ),
        message: 'only the subsets blue and green may be added',
      },
    ],
  },
  {
    name: 'quarantine',
    matched: { group: '', resource: 'pods', operations: ['UPDATE', 'DELETE'] },
    validations: [
      {
        expression: any(
          "request.operation != 'UPDATE'",
          all(
            'object.spec == oldObject.spec',
            `object.metadata.?labels.orValue({}) == {${quote(QUARANTINE_LABEL)}: 'true'}`,
            'object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences',
          ),
        ),
        message: 'of a pod only its labels may change, into those of a quarantine',
      },
      {
        expression: any(
          "request.operation != 'DELETE'",
          `oldObject.metadata.?labels.orValue({})[?${quote(QUARANTINE_LABEL)}].orValue('') == 'true'`,
        ),
        message: 'only a quarantined pod may be deleted',
      },
    ],
  },
  {
    name: 'isolation',
    matched: { group: 'networking.k8s.io', resource: 'networkpolicies', operations: ['CREATE'] },
    validations: [
      {
        expression: all(
          `object.metadata.name == ${quote(QUARANTINE_POLICY)}`,
          `object.spec.podSelector.?matchLabels.orValue({}) == {${quote(QUARANTINE_LABEL)}: 'true'}`,
          'object.spec.podSelector.?matchExpressions.orValue([]).size() == 0',
          "['Ingress', 'Egress'].all(t, t in object.spec.?policyTypes.orValue([]))",
          'object.spec.?ingress.orValue([]).size() == 0 && object.spec.?egress.orValue([]).size() == 0',
        ),
        message: 'only the policy that denies everything to quarantined pods',
      },
    ],
  },
  autoscalers('autoscalers', { group: 'autoscaling', resource: 'horizontalpodautoscalers' }, 'minReplicas'),
  autoscalers('scaledobjects', { group: 'keda.sh', resource: 'scaledobjects' }, 'minReplicaCount'),
];

const API = 'admissionregistration.k8s.io/v1';

/** 403, not 422: a client takes the 422 of a patch for a lost race, and would try again. */
const refusing = (validations: readonly Validation[]): readonly object[] =>
  validations.map((validation) => ({ ...validation, reason: 'Forbidden' }));

const isBot = (names: PolicyNames): object => ({
  name: 'is-the-bot',
  expression: `request.userInfo.username == ${quote(`system:serviceaccount:${names.botNamespace}:${names.serviceAccount}`)}`,
});

const constraints = (matched: readonly Matched[]): object => ({
  resourceRules: matched.map(({ group, resource, operations }) => ({
    apiGroups: [group],
    apiVersions: ['*'],
    operations: [...operations],
    resources: [resource],
  })),
});

/**
 * Not for the bot alone to say: what of a candidate or of a probe must be as in the template. One policy for all, and one
 * binding per service, which names the template as the parameter; without the template nothing is created.
 */
const likeTheTemplate = (services: readonly GuardedService[], names: PolicyNames): readonly object[] => {
  const template = 'dyn(params).spec.template';
  const pods = 'dyn(object).spec.template';
  const ourImage = (container: string): string =>
    `variables.services.exists(s, s['service'] == ${LABELLED} && ${container}.name == s['container'] && ${isPinned(`${container}.image`, "s['repository']")})`;
  const policy = {
    apiVersion: API,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'dabbawala-like-the-template' },
    spec: {
      failurePolicy: 'Fail',
      paramKind: { apiVersion: 'apps/v1', kind: 'Deployment' },
      matchConstraints: constraints([
        { group: 'apps', resource: 'deployments', operations: ['CREATE'] },
        { group: 'batch', resource: 'jobs', operations: ['CREATE'] },
      ]),
      matchConditions: [isBot(names)],
      variables: [{ name: 'services', expression: cel(services) }],
      validations: refusing([
        {
          expression: any("request.resource.resource != 'deployments'", samePods(pods, template, ourImage)),
          message:
            'a candidate is its template in all but colour and image, and the image is by digest from the service’s own repository',
        },
        {
          expression: any(
            "request.resource.resource != 'jobs'",
            all(
              `${pods}.spec.?serviceAccountName == ${template}.spec.?serviceAccountName`,
              `${pods}.spec.?volumes.orValue([]).all(v, ${template}.spec.?volumes.orValue([]).exists(t, t == v))`,
              `${pods}.spec.containers.all(c, ${template}.spec.containers.exists(t, t.name == c.name && ${sameIn(['env', 'envFrom', 'volumeMounts', 'volumeDevices'], 'c', 't')}))`,
            ),
          ),
          message: 'a probe has the identity, volumes and environment of its template and no others',
        },
      ]),
    },
  };
  const bindings = services.map((service) => ({
    apiVersion: API,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: `dabbawala-like-${service.namespace}-${service.service}` },
    spec: {
      policyName: 'dabbawala-like-the-template',
      validationActions: ['Deny'],
      paramRef: { name: service.template, namespace: service.namespace, parameterNotFoundAction: 'Deny' },
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': service.namespace } },
        objectSelector: { matchLabels: { [SERVICE_LABEL]: service.service } },
      },
    },
  }));
  return [policy, ...bindings];
};

/** Policies and bindings, ready to be applied: cluster-wide objects that look at the bot's requests alone. */
export const admissionPolicies = (
  services: readonly GuardedService[],
  names: PolicyNames,
): readonly object[] => [
  ...POLICIES.flatMap(({ name, matched, validations }) => [
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: `dabbawala-${name}` },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: constraints([matched]),
        matchConditions: [isBot(names)],
        variables: [{ name: 'services', expression: cel(services) }],
        validations: refusing(validations),
      },
    },
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: `dabbawala-${name}` },
      spec: { policyName: `dabbawala-${name}`, validationActions: ['Deny'] },
    },
  ]),
  ...likeTheTemplate(services, names),
];

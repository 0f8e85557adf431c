import { describe, expect, it } from 'vitest';
import { admissionPolicies, type GuardedService } from '../../../src/adapters/kubernetes/admission-policy.ts';

// What the API server makes of the expressions, the cluster tier shows. Here: that none of them is left unbound.

const ledger: GuardedService = {
  service: 'ledger',
  namespace: 'payments',
  template: 'ledger',
  container: 'app',
  repository: "registry.example/o'brien/ledger",
  host: 'ledger',
  route: 'ledger-internal',
};

interface Policy {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly failurePolicy?: string;
    readonly matchConditions?: readonly { readonly expression: string }[];
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly policyName?: string;
    readonly validationActions?: readonly string[];
    readonly paramRef?: unknown;
    readonly matchResources?: unknown;
  };
}

const objects = admissionPolicies([ledger, { ...ledger, namespace: 'staging', template: 'ledger-base' }], {
  serviceAccount: 'bot',
  botNamespace: 'ops',
}) as readonly Policy[];
const policies = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
const bindings = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');

describe('admission policies', () => {
  it('look at the bot alone and refuse what they cannot judge', () => {
    for (const { spec } of policies) {
      expect(spec.failurePolicy).toBe('Fail');
      expect(spec.matchConditions?.map(({ expression }) => expression)).toEqual([
        "request.userInfo.username == 'system:serviceaccount:ops:bot'",
      ]);
    }
  });

  it('are each bound, and deny', () => {
    const bound = new Set(bindings.map(({ spec }) => spec.policyName));
    expect([...bound].sort()).toEqual(policies.map(({ metadata }) => metadata.name).sort());
    for (const { spec } of bindings) expect(spec.validationActions).toEqual(['Deny']);
  });

  it('compare a candidate with the template of its own namespace, and refuse it without one', () => {
    const found = bindings.find(({ metadata }) => metadata.name === 'dabbawala-like-staging-ledger');
    expect(found?.spec.paramRef).toEqual({
      name: 'ledger-base',
      namespace: 'staging',
      parameterNotFoundAction: 'Deny',
    });
    expect(found?.spec.matchResources).toEqual({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'staging' } },
      objectSelector: { matchLabels: { 'dabbawala.dev/service': 'ledger' } },
    });
  });

  it('keep a name with a quote inside its quotes', () => {
    const services = policies[0]?.spec.variables?.find(({ name }) => name === 'services')?.expression;
    expect(services).toContain("'repository': 'registry.example/o\\'brien/ledger'");
  });
});

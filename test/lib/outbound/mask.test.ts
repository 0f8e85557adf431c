import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask, maskText } from '../../../src/lib/outbound/mask.ts';
import { maskValue } from '../../../src/lib/outbound/mask-value.ts';

const CANARY = 'c4n4ryC4N4RYc4n4ryc4n4ry';
const pem = (type: string, end = `-----END ${type}-----`) =>
  `-----BEGIN ${type}-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC${CANARY}\n${CANARY}==\n${end}`;

describe('a secret', () => {
  it.each([
    ['of Slack', `xoxb-12345-${CANARY}`],
    ['of Slack that is rotated', `xoxe.xoxp-1-${CANARY}`],
    ['of an app of Slack', `xapp-1-A1-${CANARY}`],
    ['in a header', `Authorization: Bearer ${CANARY}`],
    ['in a header of Basic', `authorization: basic ${btoa(`user:${CANARY}`)}`],
    ['that is a JWT', `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.${CANARY}`],
    ['of AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['of AWS, for a while', 'ASIAIOSFODNN7EXAMPLE'],
    ['of GitLab', `glpat-${CANARY}`],
    ['of a runner of GitLab', `glrt-${CANARY}`],
    ['of GitHub', `ghp_${CANARY}`],
    ['of GitHub, fine-grained', `github_pat_11AAAA_${CANARY}`],
    ['in an address', `https://user:${CANARY}@git.example.com/x`],
    ['in an address without a user', `redis://:${CANARY}@redis:6379/0`],
    ['in an address, with colons', `amqp://u:a:b${CANARY}@host/`],
    ['that is an address', `https://hooks.slack.com/commands/T1/2/${CANARY}`],
    ['of a command line', `mysql --user=pay --password=${CANARY} -h db`],
    ['of an environment', `AWS_SECRET_ACCESS_KEY=${CANARY}`],
    ['of a query', `GET /x?access_token=${CANARY}&page=1`],
    ['that is a key', pem('PRIVATE KEY')],
    ['that is an RSA key', pem('RSA PRIVATE KEY')],
    ['that is a key on one line', pem('OPENSSH PRIVATE KEY').replaceAll('\n', '\\n')],
    ['that is a key flattened', pem('PRIVATE KEY').replaceAll('\n', ' ')],
  ])('%s goes, and what stands around it stays', (_, secret) => {
    for (const [before, after] of [
      ['', ''],
      ['seen: ', ' by pod x'],
      ['"', '"'],
      ['(', ' )'],
      ['\n', '\n'],
    ]) {
      const masked = maskText(`${before}${secret}${after}`);
      expect(masked).not.toMatch(/c4n4ry|EXAMPLE|MIIEv|dXNlcjpj/);
      expect(masked.startsWith(before ?? '') && masked.endsWith(after ?? '')).toBe(true);
    }
  });

  it('that is a key without an end goes to the end of what looks like one', () => {
    expect(maskText(`seen ${pem('EC PRIVATE KEY', '')}{"next": 1}`)).toBe('seen [redacted]{"next": 1}');
  });

  it('of the process itself goes wherever it stands, also a new one', () => {
    let own = ['first-of-all', 'tiny'];
    const mask = createMask(() => own);
    expect(mask('a first-of-all b tiny')).toBe('a [redacted] b tiny');
    own = ['second-one'];
    expect(mask('first-of-all xsecond-onex')).toBe('first-of-all x[redacted]x');
  });

  it.each([
    'Basic plan, Bearer authentication failed, basic authentication',
    'the secret: payments/db-credentials is missing',
    'token=7 password=short',
    'https://grafana.example/d/abc?from=now-1h&to=now',
    'https://x.slack.com/archives/C1/p1732531200123456',
    '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
    'ghp_short glpat-short AKIAshort',
    'git@github.com:org/repo.git',
    '<@U0123ABCD> <!subteam^S123|@oncall> @here <mailto:a@b.example|a@b.example>',
    'registry.example/ledger:v2@sha256:0123456789abcdef',
    'root@node-1 logged in; name@host.example',
  ])('is none in %j', (text) => {
    expect(maskText(text)).toBe(text);
  });
});

describe('a UPI id', () => {
  it.each([
    ['paid to ravi.k-91@okhdfcbank', 'paid to •••@okhdfcbank'],
    ['9876543210@ybl, rejected', '•••@ybl, rejected'],
    ['upi://pay?pa=shop_1@paytm&am=5', 'upi://pay?pa=•••@paytm&am=5'],
    ['(ab@upi).', '(••@upi).'],
  ])('%j reads %j', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  it('goes whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9.-]{3,20}[a-z]$/),
        fc.constantFrom('okaxis', 'oksbi', 'ybl', 'ibl', 'paytm', 'upi', 'icici', 'axl', 'apl'),
        fc.constantFrom('', ' ', '"', ', ', '. ', ')', '&'),
        (name, handle, after) => {
          expect(maskText(`vpa=${name}@${handle}${after}`)).toBe(`vpa=•••@${handle}${after}`);
        },
      ),
    );
  });
});

/** Texts full of what the rules look at. */
const piece = fc.constantFrom(
  ...[
    '4111111111111111',
    '4111 1111 1111 1111',
    '234123412346',
    'xoxb-1-a',
    'eyJhbGciOi.',
    'Bearer ',
    'a1b2c3d4',
  ],
  ...[
    '-----BEGIN ',
    'PRIVATE KEY-----',
    '-----END ',
    'https://',
    'u:p@',
    '@ybl',
    'name',
    '1',
    ' ',
    '-',
    '\n',
    '\\n',
    '•',
  ],
  ...['password=', '=', 'AKIA', 'glpat-', '{', '"', '\ud83d', '😀', '.', '@'],
);
const anything = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 100 }),
);

describe('the filter', () => {
  it('never makes a text longer, and finds nothing more the second time', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const masked = maskText(text);
        expect(masked.length).toBeLessThanOrEqual(text.length);
        expect(maskText(masked)).toBe(masked);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['digits', '4'],
    ['spaced digits', '4 '],
    ['groups of digits', '4111 '],
    ['cards', '4111 1111 1111 1111 '],
    ['cards in a row', '4111111111111111,'],
    ['letters', 'a'],
    ['spaces', ' '],
    ['name characters', 'a.b-c_'],
    ['at signs', 'a@'],
    ['halves of handles', 'aa@bb-'],
    ['beginnings of JWTs', 'eyJaaaaaaaa'],
    ['beginnings of JWTs in a row', 'eyJaaaaaaaa.'],
    ['beginnings of JWTs with dashes', 'eyJaaaaaaaa-'],
    ['Bearer', 'Bearer '],
    ['Bearer with dots', 'bearer.'],
    ['beginnings of keys', '-----BEGIN '],
    ['keys without an end', '-----BEGIN PRIVATE KEY-----'],
    ['addresses', 'http://'],
    ['addresses with colons', 'a://b:c'],
    ['addresses in a row', 'a:b://c:d'],
    ['schemes', 'a+'],
    ['words that name a secret', 'password='],
    ['names of secrets', 'a_b.c-token'],
    ['tokens', 'xoxb-'],
    ['AWS', 'AKIA'],
  ])('reads a megabyte of %s in linear time', (_, unit) => {
    const text = unit.repeat(Math.ceil(1_048_576 / unit.length));
    const from = process.cpuUsage();
    maskText(text);
    // A quadratic rule takes minutes.
    expect(process.cpuUsage(from).user).toBeLessThan(4_000_000);
  });
});

describe('a structure', () => {
  const options = { kept: new Set(['value']), areNumbersMasked: true };
  it('is masked in every text, but under the keys that are kept', () => {
    const before = {
      text: '4111111111111111',
      deep: [{ value: '4111111111111111', title: { text: 'x 4111111111111111' } }],
      amount: 4111111111111111,
      at: 1732531200123,
      value: { text: '4111111111111111' },
    };
    expect(maskValue(before, maskText, options)).toEqual({
      text: '••••••••••••1111',
      deep: [{ value: '4111111111111111', title: { text: 'x ••••••••••••1111' } }],
      amount: '••••••••••••1111',
      at: 1732531200123,
      value: { text: '••••••••••••1111' },
    });
  });

  it('is the same object where there is nothing to hide', () => {
    const value = { a: ['b', { c: null, d: 1.5, e: true }] };
    expect(maskValue(value, maskText, options)).toBe(value);
  });
});

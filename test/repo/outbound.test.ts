import { describe, expect, it } from 'vitest';
import { filesIn, importsOf, read, withoutComments } from './sources.ts';

const sources = filesIn('src');
const having = (pattern: RegExp): readonly string[] =>
  sources.filter((path) => pattern.test(withoutComments(read(path))));

describe('what leaves the process', () => {
  it('goes to Slack through the filter alone', () => {
    // A client is made in one place, whose options bring the filtering fetch; Bolt makes its own of the same options.
    expect(having(/new\s+(?:\w+\.)?WebClient\b/)).toEqual([]);
    expect(having(/extends\s+(?:\w+\.)?WebClient\b/)).toEqual(['src/adapters/slack/outbound.ts']);
    expect(having(/new\s+FilteredClient\b/)).toEqual(['src/adapters/slack/clients.ts']);
    expect(having(/outboundFetch\(/)).toEqual(['src/adapters/slack/clients.ts']);
    expect(read('src/adapters/slack/clients.ts')).toContain('fetch: outboundFetch(');
    expect(having(/new\s+FilteredApp\b/)).toEqual(['src/adapters/slack/slack-app.ts']);
    expect(having(/new\s+App\b|extends\s+App\b/)).toEqual(['src/adapters/slack/outbound.ts']);
  });

  it('has no other door: whoever speaks HTTP by itself is known here', () => {
    expect(having(/(?<![\w.])fetch\(/)).toEqual([
      'src/adapters/alertmanager.ts',
      'src/adapters/oci-http.ts',
      'src/adapters/pagerduty.ts',
      'src/adapters/prometheus/http-api.ts',
      'src/adapters/slack/outbound.ts',
    ]);
    const clients = /^(?:@slack\/(?!bolt$|types$)|node:https?$|node:http2$|undici$|axios$|got$|ws$)/;
    const speakers = sources
      .flatMap((path) => importsOf(path))
      .filter(({ packageName, isTypeOnly }) => !isTypeOnly && clients.test(packageName ?? ''));
    expect(speakers.map(({ from, packageName }) => `${from} ${packageName}`)).toEqual([
      'src/adapters/kubernetes/connection.ts node:http',
      'src/adapters/kubernetes/connection.ts node:https',
    ]);
    expect(having(/hooks\.slack\.com|slack\.com\/api/).toSorted()).toEqual(['src/config/schema.ts']);
  });

  it('goes to PagerDuty and to the log masked', () => {
    expect(read('src/adapters/pagerduty.ts')).toContain('JSON.stringify(maskValue(');
    expect(read('src/lib/logger.ts')).toContain('streamWrite: (line) => maskLine(line, mask)');
    expect(having(/(?<!\w)pino\(/)).toEqual(['src/lib/logger.ts']);
    expect(having(/console\.|process\.std(?:out|err)/)).toEqual(['src/main.ts', 'src/node-version.ts']);
    expect(read('src/main.ts').match(/console\.\w+\([^)]*/g)).toEqual(['console.error(mask(text']);
  });

  it('knows our own secrets, wherever it is used', () => {
    const app = read('src/app.ts');
    expect(app).toContain('createMask(ownSecrets(process.env))');
    expect(app).toMatch(/createSlackClients\(\{[^}]*\bmask,/);
    expect(app).toMatch(/createSlackApp\(\{[\s\S]{0,400}?\bmask,/);
    expect(app).toContain('createLogger(config.logLevel, mask)');
  });
});

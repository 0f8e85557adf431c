import { describe, expect, it } from 'vitest';
import { read } from './sources.ts';

type Versions = Readonly<Record<string, string>>;
const file = JSON.parse(read('package.json')) as {
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
  readonly optionalDependencies: Versions;
  readonly scripts: Versions;
};
const all = { ...file.dependencies, ...file.devDependencies, ...file.optionalDependencies };
const page = read('docs/dependencies.md');

/** Packages named in the first column of the tables. */
const explained = [...page.matchAll(/^\| (`[^|]+`)\s*\|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
);

describe('dependencies', () => {
  it('are pinned exactly', () => {
    const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });

  it('are explained in docs/dependencies.md, all of them and no other', () => {
    expect([...explained].toSorted()).toEqual(Object.keys(all).toSorted());
  });

  it('are the same in the lock file, with a checksum each and no address of a registry', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      readonly packages: Readonly<Record<string, { version: string; integrity?: string; resolved?: string }>>;
    };
    for (const [name, version] of Object.entries(all))
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
    const rest = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(rest.filter(([, entry]) => !entry.integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual(
      [],
    );
    expect(rest.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
  });
});

describe('the libraries', () => {
  it('compare a signature of Slack in constant time: Bolt, as we use it', () => {
    expect(read('src/adapters/slack/slack-app.ts')).toContain('new HTTPReceiver(');
    const bolt = 'node_modules/@slack/bolt/dist/receivers';
    expect(read(`${bolt}/HTTPModuleFunctions.js`)).toContain('require("./verify-request")');
    const verify = read(`${bolt}/verify-request.js`);
    expect(verify).toMatch(/\(0, tsscmp_1\.default\)\(signatureHash, ourSignatureHash\)/);
    expect(verify).not.toMatch(/signatureHash [!=]==? ourSignatureHash/);
  });
});

describe('npm scripts', () => {
  it('all go through the bootstrap, so that each works from a bare clone', () => {
    for (const [name, line] of Object.entries(file.scripts))
      expect(line).toBe(`node scripts/bootstrap.mjs ${name}`);
  });
});

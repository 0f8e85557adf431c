/** One thing that a probe Job looked at. */
interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

interface Outcome {
  readonly exitCode: number;
  readonly log: string;
}

type Run = (baseUrl: string, options: ReadonlyMap<string, number>) => Promise<Check[]>;

interface Answer {
  readonly status: number;
  readonly payment: string | undefined;
  readonly ms: number;
}

async function call(url: string, method = 'GET'): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(url, { method, signal: AbortSignal.timeout(10_000) });
  const body = (await response.json()) as { status?: string };
  return { status: response.status, payment: body.status, ms: Math.round(performance.now() - start) };
}

const path =
  (name: string, route: string): Run =>
  async (baseUrl) => {
    const { status, ms } = await call(`${baseUrl}${route}`);
    return [{ name, ok: status === 200, detail: `GET ${route} ${status} in ${ms} ms` }];
  };

async function payOften(baseUrl: string, times: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let n = 0; n < times; n += 1) answers.push(await call(`${baseUrl}/pay`, 'POST'));
  return answers;
}

const share = (answers: readonly Answer[], isGood: (answer: Answer) => boolean): number =>
  answers.filter(isGood).length;

/** Ten payments show a version that is plainly broken, not one that fails a few percent: that is the analysis' part. */
const smoke: Run = async (baseUrl) => {
  const answers = await payOften(baseUrl, 10);
  const answered = share(answers, (answer) => answer.status === 200);
  const paid = share(answers, (answer) => answer.payment === 'SUCCESS');
  return [
    { name: 'payments_answered', ok: answered === 10, detail: `${answered} of 10 answered 200` },
    { name: 'payments_succeeded', ok: paid === 10, detail: `${paid} of 10 succeeded` },
  ];
};

const payment: Run = async (baseUrl) => {
  const [answer] = await payOften(baseUrl, 1);
  const detail = `one-rupee payment: ${answer?.status} ${answer?.payment}`;
  return [{ name: 'payment', ok: answer?.payment === 'SUCCESS', detail }];
};

const latency: Run = async (baseUrl, options) => {
  const limit = options.get('max-ms') ?? 2000;
  const answers = await payOften(baseUrl, 5);
  const worst = Math.max(...answers.map((answer) => answer.ms));
  return [{ name: 'latency', ok: worst <= limit, detail: `slowest of 5: ${worst} ms, limit ${limit} ms` }];
};

const RUNS: ReadonlyMap<string, Run> = new Map([
  ['health', path('health', '/health')],
  ['ready', path('ready', '/ready')],
  ['db-ping', path('database', '/health/db')],
  ['deps', path('dependencies', '/health/deps')],
  ['smoke', smoke],
  ['payment', payment],
  ['latency', latency],
]);

/** Flags of the form `--max-ms=500`. */
const readOptions = (words: readonly string[]): Map<string, number> =>
  new Map(
    words.flatMap((word) => {
      const [, key, value] = /^--([a-z-]+)=(\d+)$/.exec(word) ?? [];
      return key === undefined ? [] : [[key, Number(value)] as const];
    }),
  );

const finish = (lines: readonly string[], checks: readonly Check[], exitCode: number): Outcome => ({
  exitCode,
  log: [...lines, JSON.stringify({ ok: exitCode === 0, checks })].join('\n'),
});

/** `/app/probe <name>… [--key=number]`: real requests to the instance at baseUrl; the log's last line is the verdict as JSON. */
export async function runProbe(baseUrl: string, command: readonly string[]): Promise<Outcome> {
  const [program, ...words] = command;
  const names = words.filter((word) => !word.startsWith('--'));
  const unknown = names.find((name) => !RUNS.has(name));
  if (program !== '/app/probe' || names.length === 0)
    return finish([`exec: "${program ?? ''}": executable file not found`], [], 127);
  if (unknown !== undefined) return finish([`probe: no such check: ${unknown}`], [], 2);
  const checks: Check[] = [];
  for (const name of names) {
    try {
      checks.push(...((await RUNS.get(name)?.(baseUrl, readOptions(words))) ?? []));
    } catch (error) {
      checks.push({ name, ok: false, detail: String(error) });
    }
  }
  const lines = checks.map((check) => `${check.ok ? 'ok' : 'FAIL'} ${check.name}: ${check.detail}`);
  return finish(lines, checks, checks.every((check) => check.ok) ? 0 : 1);
}

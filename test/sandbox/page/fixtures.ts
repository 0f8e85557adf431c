/** Messages as the bot writes them: one of each kind that the page must draw. */

export type Json = Record<string, unknown>;

const plain = (text: string): Json => ({ type: 'plain_text', text, emoji: true });
const mrkdwn = (text: string): Json => ({ type: 'mrkdwn', text, verbatim: true });
const header = (text: string): Json => ({ type: 'header', text: plain(text) });
const section = (text: string): Json => ({ type: 'section', text: mrkdwn(text) });
const context = (text: string): Json => ({ type: 'context', elements: [mrkdwn(text)] });
const button = (id: string, label: string, rest: Json = {}): Json => ({
  type: 'button',
  action_id: id,
  text: plain(label),
  value: 'r-abcdefghijkl|a1|3f9ac2d41b7e|1',
  ...rest,
});
const confirm = (title: string, text: string, yes: string, style: string): Json => ({
  title: plain(title),
  text: plain(text),
  confirm: plain(yes),
  deny: plain('Cancel'),
  style,
});

const now = Math.floor(Date.now() / 1000);
const at = (seconds: number): string => `<!date^${now - seconds}^{time_secs}|then>`;

const rollBack = button('rollback', 'Roll back', {
  style: 'danger',
  confirm: confirm(
    'Roll back?',
    'payment-gateway goes from v2.3.1 back to v2.3.0 at once.',
    'Roll back',
    'danger',
  ),
});

const table = (rows: readonly (readonly string[])[]): Json => ({
  type: 'table',
  rows: rows.map((row) => row.map((text) => ({ type: 'raw_text', text }))),
  column_settings: rows[0]?.map((_, column) => ({
    align: column === 0 ? 'left' : 'right',
    is_wrapped: column === 0,
  })),
});

export function chart(candidate: readonly number[]): Json {
  const categories = candidate.map(
    (_, tick) => `${Math.floor(tick / 4)}:${String((tick % 4) * 15).padStart(2, '0')}`,
  );
  const series = (name: string, values: readonly number[]): Json => ({
    name,
    data: categories.map((label, index) => ({ label, value: values[index] ?? 0 })),
  });
  return {
    type: 'data_visualization',
    title: 'Error rate %: v2.3.1 and v2.3.0',
    chart: {
      type: 'line',
      series: [
        series(
          'stable',
          candidate.map((_, tick) => 0.03 + (tick % 3) * 0.015),
        ),
        series('candidate', candidate),
        series(
          'limit',
          candidate.map(() => 0.5),
        ),
      ],
      axis_config: { categories, x_label: 'min since traffic began', y_label: '% of requests answered 5xx' },
    },
  };
}

export const CALM = [0.02, 0.04, 0.03, 0.05, 0.03, 0.02, 0.06, 0.04, 0.05, 0.03, 0.04, 0.02, 0.05, 0.04];
export const BREACH = [0.02, 0.04, 0.03, 0.05, 0.03, 0.02, 0.06, 0.04, 0.9, 2.1, 2.9, 3.05];

export const PLAN_CARD: readonly Json[] = [
  header('🟡 payment-gateway · prod · WAITING FOR APPROVAL'),
  section(
    `v2.3.0 → v2.3.1\n<@U0ASHA> asks · ${at(12)} · 0 of 1 approval by <!subteam^S0APPROVE>, expires <!date^${now + 3480}^{ago}|soon>`,
  ),
  {
    type: 'actions',
    elements: [
      button('approve', 'Approve', {
        style: 'primary',
        confirm: confirm('Approve?', 'payment-gateway goes from v2.3.0 to v2.3.1.', 'Approve', 'primary'),
      }),
      button('reject', 'Reject', { style: 'danger' }),
    ],
  },
  section('*Steps* 10 → 25 → 50 → 75 → 100 %, 2 min of analysis each, 10 min bake, 10 min drain'),
  {
    type: 'section',
    fields: [mrkdwn('*Image*\n`sha256:3f9ac2d41b7e`'), mrkdwn('*Live now*\n`v2.3.0` on blue, 3 of 3 ready')],
  },
  section('*What changes*\n• image `v2.3.0` → `v2.3.1`\n• env added: `UPI_RETRY_MS`\n• memory 256Mi → 320Mi'),
  table([
    ['Rule', 'Limit', 'If unknown'],
    ['Error rate', '≤ 0.5 %', 'hold'],
    ['p95 latency', '≤ 2000 ms', 'hold'],
    ['Payment success', '≥ 99 %', 'hold'],
  ]),
  context(`Asked by Asha ${at(12)}\nReason: faster UPI retries\n\`r-abcdefghijkl\` · rev 3`),
];

export const SHIFTING_CARD: readonly Json[] = [
  header('🔵 payment-gateway · prod · ANALYSING'),
  section(`v2.3.0 → v2.3.1 · 50 % · seen 49.7 %\nStep 3 of 5 is within all limits · ${at(41)}`),
  { type: 'actions', elements: [rollBack, button('hold', 'Hold')] },
  section('`10 ✓` `25 ✓` *`50 ●`* `75` `100`\n▰▰▰▰▰▰▱▱▱▱ 50 %'),
  section(`Next: *75 %* in 79 s (<!date^${now + 79}^{time_secs}|soon>), if every rule passes`),
  table([
    ['Rule', 'Limit', 'Stable', 'Candidate', 'Verdict'],
    ['Error rate', '≤ 0.5 %', '0.03 %', '0.04 %', '✅ pass'],
    ['p95 latency', '≤ 2000 ms', '118 ms', '121 ms', '✅ pass'],
    ['Payment success', '≥ 99 %', '99.7 %', '99.6 %', '✅ pass'],
  ]),
  chart(CALM),
  context(
    `Asked by Asha · approved by Bharat ${at(300)}\nReason: faster UPI retries\n\`r-abcdefghijkl\` · rev 41`,
  ),
];

export const ROLLED_BACK_CARD: readonly Json[] = [
  header('🔴 payment-gateway · prod · ROLLED BACK'),
  section(
    `v2.3.0 → v2.3.1 · 0 %\n*Error rate 3.05 % > 0.5 %* at 50 %: traffic was back on v2.3.0 in *4.2 s* · ${at(70)}`,
  ),
  { type: 'actions', elements: [button('deploy_again', 'Deploy again')] },
  table([
    ['Rule', 'Limit', 'Stable', 'Candidate', 'Verdict'],
    ['Error rate', '≤ 0.5 %', '0.03 %', '3.05 %', '🔴 breach'],
    ['p95 latency', '≤ 2000 ms', '118 ms', '131 ms', '✅ pass'],
  ]),
  chart(BREACH),
  context('Asked by Asha · approved by Bharat\n`r-zyxwvutsrqpo` · rev 77'),
];

export const UNTRUSTED = section(
  'Reason: &lt;!channel&gt; &lt;@U0ASHA&gt; &lt;http://x|y&gt; a*b*c 2 * 3 &gt; 1 &amp; done',
);

export const DEPLOY_MODAL: Json = {
  type: 'modal',
  callback_id: 'deploy_modal',
  title: plain('Deploy'),
  submit: plain('Show the plan'),
  close: plain('Cancel'),
  blocks: [
    section('One plan, one approval, no lost request.'),
    {
      type: 'input',
      block_id: 'service',
      label: plain('Service'),
      element: {
        type: 'static_select',
        action_id: 'service',
        placeholder: plain('Pick one'),
        options: ['payment-gateway', 'upi-switch', 'ledger'].map((value) => ({ text: plain(value), value })),
      },
    },
    {
      type: 'input',
      block_id: 'version',
      label: plain('Version'),
      hint: plain('Tags of the image registry, newest first'),
      element: { type: 'external_select', action_id: 'version', min_query_length: 0 },
    },
    {
      type: 'input',
      block_id: 'pace',
      label: plain('Pace'),
      element: {
        type: 'radio_buttons',
        action_id: 'pace',
        initial_option: { text: plain('Normal'), value: 'normal' },
        options: [
          { text: plain('Normal'), value: 'normal' },
          { text: plain('Careful'), value: 'careful', description: plain('5 minutes of analysis a step') },
        ],
      },
    },
    {
      type: 'input',
      block_id: 'reason',
      label: plain('Reason'),
      element: { type: 'plain_text_input', action_id: 'reason', multiline: true, max_length: 1000 },
    },
    {
      type: 'input',
      block_id: 'extra',
      optional: true,
      label: plain('More'),
      element: {
        type: 'checkboxes',
        action_id: 'extra',
        options: [{ text: plain('Dry run'), value: 'dry-run', description: plain('Nothing is stored') }],
      },
    },
  ],
};

/** The section `alerts` of the configuration. Without it the bot takes no webhooks and listens on no port for them. */
import * as z from 'zod';
import { type Callees, escalationSchema, mutesSchema } from './escalation-schema.ts';
import { heartbeatsSchema, selfWatchSchema } from './watch-schema.ts';

const severity = z.enum(['critical', 'error', 'warning', 'info']);
const tokenEnv = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be the name of an environment variable');

/** @param duration as everywhere in the configuration @param channel a Slack channel id @param callees users and groups */
export const alertsSchema = (duration: z.ZodType<number>, channel: z.ZodType<string>, callees: Callees) =>
  z.strictObject({
    host: z.string().default('0.0.0.0').describe('Address to listen on for webhooks.'),
    port: z.int().min(0).max(65535).default(9091).describe('Port for webhooks; 0 takes a free one.'),
    bodyLimit: z
      .int()
      .min(1024)
      .max(64 * 1024 * 1024)
      .default(4 * 1024 * 1024)
      .describe(
        'Largest body in bytes. Alertmanager never repeats what is refused, so it must fit your largest group.',
      ),
    alertmanagerToken: tokenEnv
      .default('ALERTMANAGER_WEBHOOK_TOKEN')
      .describe(
        'Variable that holds the token of Alertmanager, or, during a rotation, two on two lines. Also as a file, `<NAME>_FILE`.',
      ),
    falcoToken: tokenEnv.default('FALCO_WEBHOOK_TOKEN').describe('The same for Falco and Falcosidekick.'),
    insecure: z.boolean().default(false).describe('Take webhooks without a token: sandbox only.'),
    routes: z
      .array(
        z.strictObject({
          match: z
            .record(z.string(), z.string())
            .describe('Labels that must all have these values; `~a|b` stands for one of several.'),
          channel: channel.describe('Where such alerts go.'),
        }),
      )
      .default([])
      .describe('The first that matches decides; the war room takes the rest.'),
    severities: z
      .record(z.string(), severity)
      .default({})
      .describe('Words of your own for the label `severity`, lower case.'),
    mentionFrom: severity
      .nullable()
      .default('critical')
      .describe(
        'An alert of this severity or worse calls whoever is on call, on its new card and along `escalation`; null: none does.',
      ),
    escalation: escalationSchema(duration, callees)
      .prefault({})
      .describe('Who is called about what nobody acknowledges, and when.'),
    heartbeats: heartbeatsSchema(duration).describe(
      'Alerts that fire all the time, such as Watchdog: they make no card, and their silence does.',
    ),
    selfWatch: selfWatchSchema(duration, channel).prefault({}).describe('Messages that do not reach Slack.'),
    mutes: mutesSchema.describe(
      'Maintenance: alerts that match are stored and shown, and call nobody while it lasts. What still fires then calls.',
    ),
    reopen: duration.default(600_000).describe('What fires again within this time goes on on the same card.'),
    quiet: duration.default(1_800_000).describe('A Falco rule without an event for this long is over.'),
    logLines: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .describe(
        'Last lines of the log of the sickest pod that are told in the thread of an alert; 0: none. Logs may hold what no channel should.',
      ),
    alertmanager: z
      .strictObject({
        url: z.url().describe('Base address; `/api/v2` is added. Of several in one cluster any one will do.'),
        timeout: duration.default(2000).describe('Of one request.'),
        tokenFile: z.string().optional().describe('Bearer token; read again for every request.'),
      })
      .optional()
      .describe('The Alertmanager whose alerts may be silenced from their cards. Left out: none can be.'),
    linkHosts: z
      .array(z.string())
      .default([])
      .describe('Hosts whose links (runbook, dashboard, expression) are shown as links; others as text.'),
  });

/** Parts of the section `alerts`: who is called and when, and when nobody is. */
import * as z from 'zod';

const TIME = 'must be a time of day such as 09:00 or 24:00';
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, TIME);
const day = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};
const timeZone = z
  .string()
  .refine(isTimeZone, 'must be the name of a time zone such as Asia/Kolkata')
  .default('Asia/Kolkata');

const week = {
  days: z.array(day).default([]).describe('Days on which it begins. Left out: every day.'),
  from: time.nullable().default(null).describe('Time of day in the zone. Left out: the whole day.'),
  until: time.nullable().default(null).describe('Not after `from`: on the next day.'),
};

/** Both or neither: half a window is a slip of the pen. */
const isWhole = ({ from, until }: { readonly from: string | null; readonly until: string | null }): boolean =>
  (from === null) === (until === null);
const WHOLE = 'needs both `from` and `until`, or neither';

/** The routing key is in the body: in the clear to this machine alone. */
const isSafe = (url: string): boolean =>
  /^https:\/\//.test(url) || /^http:\/\/(?:127\.0\.0\.1|localhost)[:/]/.test(url);

/** Users and groups as everywhere in the configuration. */
export interface Callees {
  readonly users: z.ZodType<string[]>;
  readonly groups: z.ZodType<string[]>;
}

export function escalationSchema(duration: z.ZodType<number>, { users, groups }: Callees) {
  const pause = duration.refine((ms) => ms >= 1000, 'must be at least 1s').nullable();
  const bySeverity = (critical: number | null, error: number | null, warning: number | null) =>
    z
      .strictObject({
        critical: pause.default(critical).describe('null: never.'),
        error: pause.default(error).describe('null: never.'),
        warning: pause.default(warning).describe('null: never.'),
        info: pause.default(null).describe('null: never.'),
      })
      .prefault({});
  const minutes = (count: number): number => count * 60_000;
  return z.strictObject({
    timeZone: timeZone.describe('Of the hours below.'),
    levels: z
      .array(
        z.strictObject({
          onCall: z
            .array(z.strictObject({ users, groups, ...week }).refine(isWhole, WHOLE))
            .min(1)
            .describe(
              'The first entry whose days and hours it is. At an hour without one `slack.onCall` is called.',
            ),
          after: bySeverity(minutes(10), minutes(20), minutes(60)).describe(
            'Not acknowledged this long after this level was called: the next level is called.',
          ),
        }),
      )
      .default([])
      .describe('Who is called, in this order. Left out: `slack.onCall`, who are reminded.'),
    remind: bySeverity(minutes(5), minutes(10), minutes(30)).describe(
      'Not acknowledged this long: the level that was called is reminded in the thread, again and again; on the last level ever more seldom, and at least once an hour.',
    ),
    unresolved: bySeverity(minutes(30), minutes(60), minutes(240)).describe(
      'Acknowledged and still not over: who acknowledged is reminded, again and again.',
    ),
    pagerDuty: z
      .strictObject({
        routingKey: z
          .string()
          .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be the name of an environment variable')
          .default('PAGERDUTY_ROUTING_KEY')
          .describe(
            'Variable that holds the key of an Events API v2 integration. Also as a file, `<NAME>_FILE`.',
          ),
        url: z
          .url()
          .refine(isSafe, 'must begin with https://')
          .default('https://events.pagerduty.com/v2/enqueue')
          .describe('In the EU: https://events.eu.pagerduty.com/v2/enqueue.'),
        timeout: duration.default(5000).describe('Of one request.'),
      })
      .optional()
      .describe('PagerDuty is called together with the last level, and follows the card from then on.'),
  });
}

const instant = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-28T22:00:00+05:30' })
  .transform((text) => Date.parse(text))
  .nullable()
  .default(null);

export const mutesSchema = z
  .array(
    z
      .strictObject({
        name: z.string().min(1).max(60).describe('Shown on the card.'),
        match: z
          .record(z.string(), z.string())
          .refine((match) => Object.keys(match).length > 0, 'must name a label: nothing mutes everything')
          .describe('Labels that must all have these values; `~a|b` stands for one of several.'),
        from: instant.describe('Begins then. Left out: no bound.'),
        until: instant.describe('Ends then. Left out: no bound.'),
        weekly: z
          .array(z.strictObject(week).refine(isWhole, WHOLE))
          .default([])
          .describe(
            'Open in these hours of the week alone. Left out: all the time between `from` and `until`.',
          ),
        timeZone: timeZone.describe('Of the weekly hours.'),
      })
      .refine(
        ({ until, weekly }) => until !== null || weekly.length > 0,
        'must end: name `until`, or weekly hours',
      ),
  )
  .default([]);

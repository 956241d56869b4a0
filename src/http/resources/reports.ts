import { z } from 'zod';
import { readReport, UnknownTimeZoneError } from '../../db/reports';
import { AGENTS, DATES, GROUPINGS } from '../../db/report-statements';
import { objectId, timestamp } from '../../domain/text';
import { ConcurrencyLimit } from '../core/concurrency-limit';
import { operation, type Operation } from '../core/operation';
import { InvalidRequestError } from '../core/problems';
import { bound, inboxParams } from '../core/shapes';
import { named } from '../core/names';
import { figuresOf, reportFigures } from './report-figures';
import { csvOf } from './report-csv';
import type { Services } from './services';

const timeZone = z.string().refine(isTimeZone, 'is not a known time zone');

/** No offsets: for PostgreSQL `+02:00` is west of Greenwich. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Reports that PostgreSQL computes at the same time for this process: they take memory, and others want a connection. */
const AT_ONCE = 2;

const hours = z
  .preprocess(
    (value) => (typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value),
    z.int('must be a whole number').min(1).max(720),
  )
  .default(24);

const query = z.strictObject({
  from: bound.describe('The first moment of the period'),
  to: bound.describe('The first moment after the period'),
  by: z
    .enum(GROUPINGS)
    .optional()
    .describe(
      'Groups of their own: whose it is, its day, the hour of the week from Monday 0:00 as 0, or what opened it',
    ),
  dated_by: z
    .enum(DATES)
    .default('opened')
    .describe(
      'Which date of an episode lies in the period: when it was opened, when its work ended for the last time, or when a person first replied. What happens inside an episode has dates of its own: a wait its end, a survey when it was asked, a flow its start',
    ),
  agent_is: z
    .enum(AGENTS)
    .default('assigned')
    .describe(
      'Whose an episode is: of the agent assigned, of the one who first replied, or of the one who closed it',
    ),
  time_zone: timeZone.default('UTC').describe('Of days and hours, such as America/Sao_Paulo'),
  answered_within_hours: hours.describe(
    'In how many hours a broadcast must be answered to count as answered',
  ),
});

export const reportAnswer = named(
  'Report',
  z.strictObject({
    inbox: objectId(),
    from: timestamp(),
    to: timestamp(),
    by: z.enum(GROUPINGS).nullable(),
    dated_by: z.enum(DATES),
    agent_is: z.enum(AGENTS),
    time_zone: z.string(),
    answered_within_hours: z.int(),
    total: reportFigures,
    items: z.array(
      z.strictObject({
        group: z.string().nullable().describe('null: nobody, or unknown'),
        ...reportFigures.shape,
      }),
    ),
  }),
  { description: 'What happened in a period. `items` is empty without `by`.' },
);

export function reportOperations({ inboxes }: Services): Operation[] {
  const turns = new ConcurrencyLimit(AT_ONCE);
  return [
    operation({
      name: 'read_report',
      method: 'get',
      path: '/v1/inboxes/:inbox/reports',
      tag: 'Reports',
      summary: 'Reply and resolution times, waits, surveys, flows and broadcasts of a period',
      description:
        'Kept with each decision, so they are of this moment. Times of at least five minutes are rounded down by less than one part in thirty. As text/csv, a row for each group.',
      scope: 'conversations:read',
      params: inboxParams,
      query,
      answers: { 200: reportAnswer },
      csv: true,
      async handle({ db, params: { inbox }, query: asked, response }) {
        if (asked.from >= asked.to)
          throw new InvalidRequestError([{ path: 'to', message: 'must be after from' }]);
        await inboxes.require(db, inbox);
        const read = await turns.take(() => readReport(db, inbox, asked)).catch(explained);
        const { by, ...rest } = asked;
        const report = { inbox, ...rest, by: by ?? null, ...figuresOf(read) };
        if (response.req.accepts(['application/json', 'text/csv']) !== 'text/csv')
          return { status: 200, body: { ...report, items: by ? report.items : [] } };
        response.writeHead(200, { 'Content-Type': 'text/csv; charset=utf-8', 'Cache-Control': 'no-store' });
        response.end(csvOf(by ? report.items : [{ group: null, ...report.total }]));
        return null;
      },
    }),
  ];
}

/** PostgreSQL and Node may know different time zones. */
function explained(error: unknown): never {
  if (!(error instanceof UnknownTimeZoneError)) throw error;
  throw new InvalidRequestError([{ path: 'time_zone', message: 'is not a known time zone' }]);
}

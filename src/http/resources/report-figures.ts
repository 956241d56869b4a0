/** The figures of a report, by name, and what each means: docs/reports.md. */
import { z } from 'zod';
import { CLOSERS, FLOW_SOURCES } from '../../domain/conversation';
import { durationsOf } from '../../domain/distribution';
import type { Duration } from '../../db/report-statements';
import type { ReportRow } from '../../db/reports';
import { named, shown } from '../core/names';

const count = z.int();
const counted = (description: string) => count.describe(description);

const durations = named(
  'Durations',
  z.strictObject({
    n: count,
    mean_seconds: z.number().nullable(),
    median_seconds: count.nullable(),
    p90_seconds: count.nullable(),
    distribution: z.array(z.strictObject({ under_seconds: count.nullable(), n: count })),
  }),
  {
    description:
      'Of `n` cases: the mean, the time that half of them did not exceed, the time that nine in ten did not exceed, and how many took less than each bound and not less than the one before. null: there are none.',
  },
);
const lasting = (description: string) => shown(durations.clone(), { description });

const rate = (of: string) =>
  z.number().nullable().describe(`Of those that were ${of}, from 0 to 1; null if there are none`);

export const reportFigures = z.strictObject({
  episodes: z.strictObject({
    n: counted('Episodes of the period'),
    answered: counted('Those that a person replied to'),
    closed_by: z
      .record(z.enum([...CLOSERS, 'open']), count)
      .describe('What ended their work; open: it goes on'),
    reopens: counted('How often the work of an episode began again'),
    reopened: counted('Episodes whose work began again'),
    returned: counted('Episodes that began within seven days after the one before was closed'),
  }),
  first_reply: lasting(
    'From when a person first owed the answer to the first reply of a person, without time in flows. Episodes in which an agent wrote first, or nobody replied, have none',
  ),
  next_reply: lasting('Every other wait of a customer that a reply of a person ended. By when it ended'),
  first_resolution: lasting('From the opening to when the work ended for the first time'),
  full_resolution: lasting(
    'From the opening to when the work ended for the last time, of those whose work is over',
  ),
  open_age: lasting(
    'How long those have been open whose work goes on: of the period if it counts by opened, else all that were opened before its end',
  ),
  requester_wait: lasting('How long the customer waited for a person in the episode, all waits together'),
  agent_wait: lasting('How long agents had the work and the customer the next word'),
  snoozed: lasting('How long the episode was snoozed'),
  in_status: z
    .strictObject({ new: durations, in_progress: durations, in_flow: durations, resolved: durations })
    .describe('How long the episode was in each status'),
  waits: z
    .strictObject({ reply: count, automatic: count, flow: count, close: count, other: count })
    .describe('Waits of customers by what ended them. By when they ended'),
  surveys: z.strictObject({
    requested: counted('Surveys that went out in the period'),
    failed: counted('That could not be delivered'),
    delivered: counted('All others'),
    answered: count,
    answer_rate: rate('delivered'),
    pending: count,
    expired: count,
    superseded: count,
    score: z.strictObject({
      mean: z.number().nullable(),
      n: z.record(z.enum(['1', '2', '3', '4', '5']), count),
    }),
  }),
  flows: z.strictObject({
    started: counted('Flows that started in the period'),
    by_source: z.record(z.enum(FLOW_SOURCES), count),
    ended: z.strictObject({
      completed: count,
      cancelled: count,
      failed: count,
      expired: count,
      interrupted: count,
    }),
    running: count,
    handed_over: counted('That ended with a person being awaited who was not before'),
    interrupted_by: z.strictObject({ agent_reply: count, close: count, flow_start: count, other: count }),
  }),
  broadcasts: z.strictObject({
    reached: counted('Broadcasts that started'),
    blocked: z.record(z.string(), count).describe('Those that a rule refused, by the rule'),
    answered: counted('Those after which the customer wrote within `answered_within_hours`'),
    answer_rate: rate('reached'),
  }),
});
type Figures = z.infer<typeof reportFigures>;

/** The figures of all groups, in order of their names, and of all together. */
export function figuresOf(rows: readonly ReportRow[]) {
  const groups = new Map<string | null, ReportRow[]>();
  const total: ReportRow[] = [];
  for (const row of rows) {
    const known = row.is_total ? total : groups.get(row.group);
    if (known) known.push(row);
    else groups.set(row.group, [row]);
  }
  const names = [...groups.keys()].sort(inOrder);
  return {
    total: figures(total),
    items: names.map((group) => ({ group, ...figures(groups.get(group) ?? []) })),
  };
}

/** Hours of the week as numbers; nobody comes last. */
function inOrder(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a.localeCompare(b, 'en', { numeric: true });
}

function figures(rows: readonly ReportRow[]): Figures {
  const took = (metric: Duration) => durationsOf(rows.find((row) => row.metric === metric));
  const n = (metric: string, of?: string | null) =>
    rows.reduce(
      (sum, row) => (row.metric === metric && (of === undefined || row.of === of) ? sum + row.n : sum),
      0,
    );
  const each = <K extends string>(metric: string, names: readonly K[]) =>
    Object.fromEntries(names.map((name) => [name, n(metric, name)])) as Record<K, number>;
  const ratio = (part: number, whole: number) =>
    whole === 0 ? null : Math.round((part / whole) * 1e4) / 1e4;

  const scores = each('score', ['1', '2', '3', '4', '5']);
  const answered = n('score');
  const requested = n('survey') + answered;
  const failed = n('survey', 'failed');
  const interrupted = each('flow_interrupted', ['agent_reply', 'close', 'flow_start']);
  const ended = each('flow_ended', ['completed', 'cancelled', 'failed', 'expired', 'interrupted']);
  const reached = n('broadcast_reached');
  const blocked = rows.filter((row) => row.metric === 'broadcast_blocked').map((row) => row.of ?? '');
  return {
    episodes: {
      n: n('episodes'),
      answered: n('answered'),
      closed_by: { ...each('episodes', CLOSERS), open: n('episodes', null) },
      reopens: n('reopens'),
      reopened: n('reopened'),
      returned: n('returned'),
    },
    first_reply: took('first_reply'),
    next_reply: took('next_reply'),
    first_resolution: took('first_resolution'),
    full_resolution: took('full_resolution'),
    open_age: took('open_age'),
    requester_wait: took('requester_wait'),
    agent_wait: took('agent_wait'),
    snoozed: took('snoozed'),
    in_status: {
      new: took('in_new'),
      in_progress: took('in_progress'),
      in_flow: took('in_flow'),
      resolved: took('in_resolved'),
    },
    waits: each('waits', ['reply', 'automatic', 'flow', 'close', 'other']),
    surveys: {
      requested,
      failed,
      delivered: requested - failed,
      answered,
      answer_rate: ratio(answered, requested - failed),
      ...each('survey', ['pending', 'expired', 'superseded']),
      score: { mean: meanScore(scores, answered), n: scores },
    },
    flows: {
      started: n('flow_started'),
      by_source: each('flow_started', FLOW_SOURCES),
      ended,
      running: n('flow_ended', 'running'),
      handed_over: n('flow_handed_over'),
      interrupted_by: {
        ...interrupted,
        other: ended.interrupted - Object.values(interrupted).reduce((sum, by) => sum + by, 0),
      },
    },
    broadcasts: {
      reached,
      blocked: each('broadcast_blocked', blocked),
      answered: n('broadcast_answered'),
      answer_rate: ratio(n('broadcast_answered'), reached),
    },
  };
}

function meanScore(scores: Record<string, number>, answered: number): number | null {
  const sum = Object.entries(scores).reduce((total, [score, n]) => total + Number(score) * n, 0);
  return answered === 0 ? null : Math.round((sum / answered) * 100) / 100;
}

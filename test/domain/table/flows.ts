/** `flow_start` and `flow_end`. */
import type { Flow } from '../../../src/domain/conversation';
import { FLOW, LOCKED_VIP, NOBODY, NOW, VIP, inFlow, newOne, stranger, survey } from '../given';
import { everywhere, ignored, refused, row, type Cell } from './row';

const DAY = 24 * 3600 * 1000;
const STARTED = { ...FLOW, execution: 'x2', started_at: NOW, last_activity_at: NOW, expires_at: NOW + DAY };
const BEGUN = { status: 'in_flow', episode: 4, assignee: NOBODY, tags: [], close: null, closed_at: null };
const UNREAD = { unread: true, waiting_since: NOW };

export const flowStart = row({
  event: 'flow_start',
  cells: {
    not_contacted: [
      { words: 'begin → in_flow', changes: { status: 'in_flow', episode: 1, flow: STARTED } },
      { ...refused('not_contacted'), inbox: { flows: { allow_not_contacted: false } } },
    ],
    new: refused('conversation_open'),
    in_progress: refused('conversation_open'),
    in_flow: refused('in_flow'),
    resolved: refused('awaiting_csat'),
    closed: { words: 'begin → in_flow', changes: { ...BEGUN, flow: STARTED } },
  },
});

const ANSWERING = { ...STARTED, source: 'inbound' };
const READ = { unread: false, waiting_since: null };

export const flowStartInbound = row({
  event: 'flow_start',
  row: 'flow_start, source: inbound',
  fields: { source: 'inbound' },
  cells: {
    not_contacted: [
      { words: 'begin → in_flow', changes: { status: 'in_flow', episode: 1, flow: ANSWERING } },
      {
        words: 'begin → in_flow (with any setting)',
        inbox: { flows: { allow_not_contacted: false } },
        changes: { status: 'in_flow', episode: 1, flow: ANSWERING },
      },
    ],
    new: [
      {
        words: '→ in_flow, read, where it is untouched',
        given: newOne({ untouched: true }),
        changes: { status: 'in_flow', ...READ, flow: ANSWERING },
      },
      { ...refused('conversation_open'), words: 'else refused conversation_open' },
    ],
    in_progress: refused('conversation_open'),
    in_flow: refused('in_flow'),
    resolved: refused('awaiting_csat'),
    closed: [
      {
        ...refused('reopen_window'),
        words: 'inside the reopen window refused reopen_window',
        inbox: { reopen_window_seconds: 3601 },
      },
      { words: 'else begin → in_flow', changes: { ...BEGUN, flow: ANSWERING } },
    ],
  },
});

const URGENT = { ...STARTED, has_priority: true };
const REPLACED = ['flow.interrupted x1 by flow_start'];

export const flowStartWithPriority = row({
  event: 'flow_start',
  row: 'flow_start with has_priority',
  fields: { has_priority: true },
  cells: {
    not_contacted: [
      { words: 'begin → in_flow', changes: { status: 'in_flow', episode: 1, flow: URGENT } },
      {
        words: 'begin → in_flow (overrides the setting)',
        given: stranger(),
        inbox: { flows: { allow_not_contacted: false } },
        changes: { status: 'in_flow', episode: 1, flow: URGENT },
      },
    ],
    new: {
      words: '→ in_flow, remembers interrupted: new',
      changes: { status: 'in_flow', flow: { ...URGENT, interrupted: 'new' } },
    },
    in_progress: {
      words: '→ in_flow, remembers interrupted: in_progress',
      changes: { status: 'in_flow', flow: { ...URGENT, interrupted: 'in_progress' } },
    },
    in_flow: [
      { words: '→ in_flow, the running flow is replaced', changes: { flow: URGENT }, tells: REPLACED },
      ...(['new', 'in_progress'] as const).map((interrupted) => ({
        words: `what the running flow interrupted is kept (${interrupted})`,
        given: inFlow({ interrupted }),
        changes: { flow: { ...URGENT, interrupted } },
        tells: REPLACED,
      })),
    ],
    resolved: {
      words: '→ in_flow; survey superseded',
      changes: { status: 'in_flow', flow: URGENT, close: null, survey: survey({ state: 'superseded' }) },
    },
    closed: { words: 'begin → in_flow', changes: { ...BEGUN, flow: URGENT } },
  },
});

export const flowEndWithAssign = row({
  event: 'flow_end',
  row: 'flow_end, this execution, with assign',
  fields: { assign: { team: 'sales', agent: 'ben' }, tags: ['hot'] },
  cells: {
    in_flow: (['completed', 'cancelled', 'failed', 'expired'] as const).map((outcome) => ({
      words: `→ in_progress, unread, assigned; tags added (${outcome})`,
      fields: { outcome },
      changes: {
        status: 'in_progress',
        flow: null,
        ...UNREAD,
        assignee: { team: 'sales', agent: 'ben' },
        tags: [VIP, { name: 'hot', locked: false }],
      },
    })),
  },
});

const BY_FLOW = {
  status: 'closed',
  flow: null,
  tags: [LOCKED_VIP],
  close: { by: 'flow', agent: null, reason: null },
  closed_at: NOW,
};
const BACK = { status: 'in_progress', flow: null };
const WORK = ['new', 'in_progress'] as const;
const WHO_WROTE = [true, false];
const ASSIGNED = { assigned: true };
const NEW_END = { flows: { end_status: 'new' as const } };

export const flowEndWell = row({
  event: 'flow_end',
  row: 'flow_end, this execution, no assign, completed or cancelled',
  cells: {
    in_flow: (['completed', 'cancelled'] as const).flatMap((outcome) => [
      ...WORK.flatMap((interrupted) => [
        {
          words: `what it interrupted, if anything (${outcome}, ${interrupted})`,
          given: inFlow({ interrupted }),
          fields: { outcome },
          changes: { status: interrupted, flow: null },
        },
        {
          words: `what it interrupted; unread too, where somebody was assigned while it ran (${outcome}, ${interrupted})`,
          given: inFlow({ interrupted, ...ASSIGNED }),
          fields: { outcome },
          changes: { status: interrupted, flow: null, ...UNREAD },
        },
      ]),
      {
        words: `else, where somebody was assigned while it ran, in_progress and unread (${outcome})`,
        given: inFlow(ASSIGNED),
        fields: { outcome },
        changes: { ...BACK, ...UNREAD },
      },
      {
        words: `else flows.end_status: closed (the default; no survey) (${outcome})`,
        inbox: { csat: { enabled: true } },
        fields: { outcome },
        changes: BY_FLOW,
      },
      {
        words: `else flows.end_status: new and unread (${outcome})`,
        inbox: NEW_END,
        fields: { outcome },
        changes: { status: 'new', flow: null, ...UNREAD },
      },
    ]),
  },
});

/** For a flow that failed, or that expired after the customer wrote. */
const badly = (flow: Partial<Flow>): Cell[] => [
  ...WORK.flatMap((interrupted) =>
    [false, true].map((assigned) => ({
      words: `what it interrupted; unread (${interrupted}, assigned: ${assigned})`,
      given: inFlow({ ...flow, interrupted, assigned }),
      changes: { status: interrupted, flow: null, ...UNREAD },
    })),
  ),
  {
    words: 'else in_progress where somebody was assigned while it ran; unread either way',
    given: inFlow({ ...flow, ...ASSIGNED }),
    changes: { ...BACK, ...UNREAD },
  },
  {
    words: 'or new; unread either way',
    given: inFlow(flow),
    inbox: { flows: { end_status: 'closed' as const } },
    changes: { status: 'new', flow: null, ...UNREAD },
  },
];

export const flowEndBadly = row({
  event: 'flow_end',
  row: 'flow_end, this execution, no assign, failed',
  fields: { outcome: 'failed' },
  cells: {
    in_flow: WHO_WROTE.flatMap((customer_wrote) =>
      badly({ customer_wrote }).map((cell) => ({
        ...cell,
        words: `${cell.words} (customer wrote: ${customer_wrote})`,
      })),
    ),
  },
});

export const flowEndExpired = row({
  event: 'flow_end',
  row: 'flow_end, this execution, no assign, expired',
  fields: { outcome: 'expired' },
  cells: {
    in_flow: [
      ...badly({ customer_wrote: true }).map((cell) => ({
        ...cell,
        words: `the customer wrote while it ran: as failed: ${cell.words}`,
      })),
      ...WORK.flatMap((interrupted) => [
        {
          words: `else nobody waits: as completed: what it interrupted (${interrupted})`,
          given: inFlow({ interrupted }),
          changes: { status: interrupted, flow: null },
        },
        {
          words: `else nobody waits: as completed: what it interrupted, unread where somebody was assigned (${interrupted})`,
          given: inFlow({ interrupted, ...ASSIGNED }),
          changes: { status: interrupted, flow: null, ...UNREAD },
        },
      ]),
      {
        words: 'else nobody waits: as completed: in_progress and unread where somebody was assigned',
        given: inFlow(ASSIGNED),
        changes: { ...BACK, ...UNREAD },
      },
      { words: 'else nobody waits: as completed: closed', changes: BY_FLOW },
      {
        words: 'else nobody waits: as completed, but closed and never new',
        inbox: NEW_END,
        changes: BY_FLOW,
      },
    ],
  },
});

export const flowEndOtherwise = row({
  event: 'flow_end',
  row: 'flow_end otherwise',
  fields: { execution: 'x0', assign: { agent: 'ben' }, tags: ['hot'] },
  cells: everywhere(ignored('stale_flow')),
});

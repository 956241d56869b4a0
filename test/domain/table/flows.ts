/** `flow_start` and `flow_end`. */
import { BY_BEN, FLOW, LOCKED_VIP, NOBODY, NOW, VIP, inFlow, stranger, survey } from '../given';
import { everywhere, ignored, refused, row } from './row';

const DAY = 24 * 3600 * 1000;
const STARTED = { ...FLOW, execution: 'x2', started_at: NOW, expires_at: NOW + DAY };
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
    in_flow: (['completed', 'cancelled', 'failed'] as const).map((outcome) => ({
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

export const flowEndWell = row({
  event: 'flow_end',
  row: 'flow_end, this execution, no assign, completed or cancelled',
  cells: {
    in_flow: (['completed', 'cancelled'] as const).flatMap((outcome) => [
      ...(['new', 'in_progress'] as const).map((interrupted) => ({
        words: `what it interrupted (${outcome}, ${interrupted})`,
        given: inFlow({ interrupted }),
        fields: { outcome },
        changes: { status: interrupted, flow: null },
      })),
      {
        words: `else flows.end_status: closed (the default; no survey) (${outcome})`,
        inbox: { csat: { enabled: true } },
        fields: { outcome },
        changes: {
          status: 'closed',
          flow: null,
          tags: [LOCKED_VIP],
          close: { ...BY_BEN, by: 'flow', agent: null, reason: null },
          closed_at: NOW,
        },
      },
      {
        words: `else flows.end_status: new and unread (${outcome})`,
        inbox: { flows: { end_status: 'new' as const } },
        fields: { outcome },
        changes: { status: 'new', flow: null, ...UNREAD },
      },
    ]),
  },
});

export const flowEndBadly = row({
  event: 'flow_end',
  row: 'flow_end, this execution, no assign, failed',
  fields: { outcome: 'failed' },
  cells: {
    in_flow: [
      {
        words: 'what it interrupted, or new; unread (nothing)',
        changes: { status: 'new', flow: null, ...UNREAD },
      },
      ...(['new', 'in_progress'] as const).map((interrupted) => ({
        words: `what it interrupted, or new; unread either way (${interrupted})`,
        given: inFlow({ interrupted }),
        inbox: { flows: { end_status: 'closed' as const } },
        changes: { status: interrupted, flow: null, ...UNREAD },
      })),
    ],
  },
});

export const flowEndOtherwise = row({
  event: 'flow_end',
  row: 'flow_end otherwise',
  fields: { execution: 'x0', assign: { agent: 'ben' }, tags: ['hot'] },
  cells: everywhere(ignored('stale_flow')),
});

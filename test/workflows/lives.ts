/**
 * Lives to record, one of each kind that a workflow can have. Each ends with the run whose history is kept.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { EventType, TimerEventType } from '../../src/domain/events';
import { CODE_NUMBER } from '../../src/temporal/code-number';
import {
  bulkWorkflowId,
  codeRolloutWorkflowId,
  erasureWorkflowId,
  rolloutWorkflowId,
  settingsChangedSignal,
  SETTINGS_ROLLOUT_WORKFLOW,
  TASK_QUEUE,
  webhookWorkflowId,
} from '../../src/temporal/contract';
import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { eventsOf } from './support/history';
import type { InboxSettings, Service } from './support/service';

type Life = (service: Service) => Promise<WorkflowHandle>;

/** The server that lives are recorded on suggests continue-as-new above this length. */
export const LONG = 70;

const HOUR = 3600;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR * 1000).toISOString();

export const LIVES: Record<string, Life> = {
  not_contacted: async (service) => {
    const c = await lived(service, {}, 'close');
    await c.rested();
    await happen(c, 'reopen');
    await c.rested();
    return c.handle;
  },

  new: async (service) => {
    const c = await lived(service, {}, 'message', 'mark_read', 'mark_read', 'mark_unread', 'tag_add');
    await c.when('message', { kind: 'reaction' });
    await c.when('message', { kind: 'media', occurred_at: inHours(-1) });
    await c.when('tag_remove', { tags: ['vip', 'unknown'] });
    return c.handle;
  },

  in_progress: async (service) => {
    const c = await lived(service, {
      auto_close: { after_seconds: HOUR, basis: 'customer_silence' },
    });
    await happen(c, 'message', 'agent_reply', 'assign', 'reopen');
    await c.when('snooze', { until: inHours(0.5) });
    await happen(c, 'unsnooze', 'unsnooze', 'message', 'agent_reply');
    return c.handle;
  },

  in_flow: async (service) => {
    const c = await lived(service, {}, 'flow_start', 'flow_start', 'message');
    await c.when('flow_end', { execution: 'another' });
    await c.when('flow_end', { assign: { team: 'sales' }, tags: ['vip'] });
    return c.handle;
  },

  priority_flows: async (service) => {
    const c = await lived(service, {}, 'message', 'agent_reply', 'flow_start');
    await c.when('flow_start', { has_priority: true });
    await c.when('flow_start', { has_priority: true, flow: 'urgent', execution: 'x2', source: 'broadcast' });
    await c.when('message');
    await c.when('flow_end', { execution: 'x2', outcome: 'failed' });
    return c.handle;
  },

  resolved: async (service) => {
    const c = await lived(service, { csat: { enabled: true } }, 'message', 'agent_reply', 'close', 'message');
    await c.when('close', { reason: 'solved' });
    await c.when('csat_answer', { comment: 'thank you' });
    await c.rested();
    return c.handle;
  },

  survey_failed: async (service) => {
    const c = await lived(service, { csat: { enabled: true } }, 'message', 'agent_reply', 'close');
    await c.when('survey_failed');
    await happen(c, 'reopen', 'close', 'csat_answer', 'csat_comment');
    await c.when('message', { kind: 'courtesy' });
    await c.rested();
    return c.handle;
  },

  inbound: async (service) => {
    const c = await lived(service, {}, 'message');
    await c.when('flow_start', { source: 'inbound' });
    await happen(c, 'automatic_message', 'message', 'assign', 'flow_end', 'flow_start');
    return c.handle;
  },

  marked: async (service) => {
    const c = await lived(service, {}, 'block', 'message', 'unblock', 'opt_out');
    await c.when('flow_start', { source: 'broadcast' });
    await happen(c, 'opt_in', 'message');
    return c.handle;
  },

  closed: async (service) => {
    const c = await lived(service, { auto_archive: { after_seconds: HOUR } }, 'message', 'tag_add', 'close');
    await happen(c, 'close', 'tag_remove', 'csat_answer', 'archive');
    await c.rested();
    return c.handle;
  },

  unarchived: async (service) => {
    const c = await lived(service, { auto_archive: { after_seconds: 1 } }, 'message', 'close');
    await acted(c, 'auto_archive_due');
    await c.rested();
    await happen(c, 'unarchive');
    await c.rested();
    return c.handle;
  },

  auto_close: async (service) => {
    const c = await lived(service, { auto_close: { basis: 'last_activity', after_seconds: 1 } }, 'message');
    return acted(c, 'auto_close_due');
  },

  csat_timeout: async (service) => {
    const csat = { enabled: true, on_auto_close: true, timeout_seconds: 1 };
    const c = await lived(
      service,
      { csat, auto_close: { basis: 'last_activity', after_seconds: 1 } },
      'agent_reply',
    );
    return acted(c, 'csat_timeout');
  },

  auto_archive: async (service) => {
    const c = await lived(service, { auto_archive: { after_seconds: 1 } }, 'message', 'close');
    return acted(c, 'auto_archive_due');
  },

  flow_timeout: async (service) => {
    const c = await lived(service, { flows: { timeout_seconds: 1 } }, 'flow_start');
    return acted(c, 'flow_timeout');
  },

  snooze: async (service) => {
    const c = await lived(service, {}, 'message', 'mark_read');
    await c.when('snooze', { until: new Date(Date.now() + 2000).toISOString() });
    return acted(c, 'snooze_over');
  },

  handed_over: async (service) => {
    const { c, first } = await longLife(service);
    return service.client.workflow.getHandle(c.handle.workflowId, first);
  },

  taken_over: async (service) => {
    const { c } = await longLife(service);
    await c.signal('message', [{ id: 'message-1' }]);
    await acted(c, 'auto_close_due');
    return c.handle;
  },

  woken: async (service) => {
    const c = await lived(service, {}, 'message', 'tag_add', 'close');
    await c.rested();
    await happen(c, 'reopen', 'tag_remove', 'close');
    await c.rested();
    return c.handle;
  },

  known_ids: async (service) => {
    const c = await lived(service, {}, 'message', 'close');
    await c.rested();
    await c.signal('message', [{ id: 'message-1' }]);
    await c.rested();
    await Promise.all(['message-1', 'new', 'new'].map((id) => c.signal('message', [{ id }])));
    await c.decided('new');
    await c.signal('close', [{ id: 'new', agent: 'ana' }]);
    await happen(c, 'mark_read');
    return c.handle;
  },

  poison: async (service) => {
    const c = await lived(service, {}, 'message');
    await c.signal('message', [null]);
    await c.signal('close', [{ id: 7 }]);
    await c.signal('tag_add', [new Uint8Array([1, 2])]);
    await c.signal('no_such_signal', [{ id: 'x' }]);
    await happen(c, 'mark_read');
    return c.handle;
  },

  decide: async (service) => {
    const c = await service.conversation();
    await c.decide({ id: 'm', type: 'message' });
    await c.decide({ id: 'm', type: 'message' });
    await c.decide({ id: 'r', type: 'reopen', agent: 'ana' });
    await c.decide({ id: 'x', type: 'unknown' }).catch(() => {}); // refused: it leaves no trace
    await Promise.all(['a', 'b'].map((id) => c.decide({ id, type: 'tag_add', tags: [id] })));
    await c.decide({ id: 'c', type: 'close', agent: 'ana' });
    await c.rested();
    return c.handle;
  },

  settings_told: async (service) => {
    const c = await lived(service, {}, 'message');
    await c.set({ auto_close: { basis: 'last_activity', after_seconds: HOUR } });
    await c.tell();
    await eventually('the new deadline', async () => (await c.row())?.next?.timer === 'auto_close');
    await c.set({ auto_close: { basis: 'last_activity', after_seconds: HOUR / 2 } });
    await c.tell();
    await happen(c, 'message');
    return c.handle;
  },

  settings_found: async (service) => {
    const c = await lived(service, {}, 'message');
    await c.set({ csat: { enabled: true } });
    await happen(c, 'close');
    await c.set({ csat: { enabled: true, timeout_seconds: HOUR }, assign_on_reply: false });
    await happen(c, 'mark_read', 'agent_reply');
    return c.handle;
  },

  row_restored: async (service) => {
    const c = await lived(service, {}, 'message', 'mark_read', 'tag_add');
    await backTo(c, 1);
    await happen(c, 'agent_reply');
    await backTo(c, 2);
    await c.tell();
    await happen(c, 'message');
    return c.handle;
  },

  row_ahead: async (service) => {
    const c = await lived(service, {}, 'message');
    const ahead = 'seq = seq + 1, version = version + 1, unread = false';
    await change(c, `UPDATE conversations SET ${ahead} WHERE $1 = account AND $2 = conversation`);
    await happen(c, 'mark_read', 'mark_unread');
    return c.handle;
  },

  settings_rollout: async (service) => {
    const c = service.conversationIn('rollout');
    await happen(c, 'message');
    const { account, inbox } = c.key;
    const change = async (seconds: number) => {
      await c.set({ auto_close: { basis: 'last_activity', after_seconds: seconds } });
      return service.client.workflow.signalWithStart(SETTINGS_ROLLOUT_WORKFLOW, {
        workflowId: rolloutWorkflowId({ account, inbox }),
        taskQueue: TASK_QUEUE,
        args: [{ account, inbox }],
        signal: settingsChangedSignal,
        signalArgs: [],
      });
    };
    await change(HOUR);
    const handle = await change(2 * HOUR);
    await handle.result();
    return handle;
  },

  code_rollout: async (service) => {
    await service.temporal.startCodeRollout({ number: CODE_NUMBER });
    return completed(service, codeRolloutWorkflowId({ number: CODE_NUMBER }));
  },

  webhook_delivery: async (service) => {
    const endpoint = { account: service.account, webhook: 'gone' };
    await service.temporal.wakeDelivery(endpoint);
    const handle = service.client.workflow.getHandle(webhookWorkflowId(endpoint));
    await eventually('it waits', async () => {
      const { events } = await handle.fetchHistory();
      return eventsOf(events ?? [], 'timer_started').length > 0;
    });
    await service.temporal.wakeDelivery(endpoint);
    return handle;
  },

  erasure: async (service) => {
    const c = service.conversationIn('erased');
    await c.set({});
    await happen(c, 'message');
    const { account, inbox } = c.key;
    const erasure = `er_${randomUUID()}`;
    await service.database.pool.query(
      `INSERT INTO erasures (erasure, account, scope, inbox) VALUES ($1, $2, 'inbox', $3)`,
      [erasure, account, inbox],
    );
    await service.temporal.startErasure({ erasure });
    return completed(service, erasureWorkflowId({ erasure }));
  },

  bulk: async (service) => {
    const c = service.conversationIn('many');
    await c.set({});
    await happen(c, 'message');
    const { account, inbox, conversation } = c.key;
    const job = `bj_${randomUUID()}`;
    const { pool } = service.database;
    await pool.query(`INSERT INTO bulk_jobs (job, account, inbox, event, count) VALUES ($1, $2, $3, $4, 1)`, [
      job,
      account,
      inbox,
      { type: 'close', agent: 'ana' },
    ]);
    await pool.query(
      'INSERT INTO bulk_items (job, account, inbox, nth, conversation) VALUES ($1, $2, $3, 1, $4)',
      [job, account, inbox, conversation],
    );
    await service.temporal.startBulk({ job });
    return completed(service, bulkWorkflowId({ job }));
  },
};

async function completed(service: Service, workflowId: string): Promise<WorkflowHandle> {
  const handle = service.client.workflow.getHandle(workflowId);
  await handle.result();
  return handle;
}

async function lived(service: Service, settings: InboxSettings, ...types: EventType[]) {
  const c = await service.conversation(settings);
  await happen(c, ...types);
  return c;
}

async function happen(c: TestConversation, ...types: EventType[]): Promise<void> {
  for (const type of types) await c.when(type);
}

/** Waits for the timer. @returns the run in which it acted */
async function acted(c: TestConversation, type: TimerEventType): Promise<WorkflowHandle> {
  await eventually(`${type} acts`, async () => (await c.timeline()).some((entry) => entry.type === type));
  return c.handle;
}

/** Goes on into a second run, which gets a state, a deadline, known ids and a count. */
async function longLife(service: Service): Promise<{ c: TestConversation; first: string }> {
  const c = await lived(
    service,
    { auto_close: { basis: 'last_activity', after_seconds: 5 } },
    'message',
    'flow_start',
    'agent_reply',
  );
  const first = (await c.handle.describe()).runId;
  await c.signal('message', ['poison']);
  for (let i = 0; i < LONG / 5; i++) await c.when('message');
  await eventually('another run', async () => (await c.handle.describe()).runId !== first);
  return { c, first };
}

/** Restores the database as it was when the conversation had this many decisions. */
async function backTo(c: TestConversation, seq: number): Promise<void> {
  await change(c, `DELETE FROM timeline WHERE $1 = account AND $2 = conversation AND seq > ${seq}`);
  await change(
    c,
    `UPDATE conversations SET seq = ${seq}, version = ${seq} WHERE $1 = account AND $2 = conversation`,
  );
}

async function change(c: TestConversation, sql: string): Promise<void> {
  await c.service.database.pool.query(sql, [c.key.account, c.key.conversation]);
}

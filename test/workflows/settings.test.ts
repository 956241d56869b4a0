/**
 * A change of settings reaches every conversation of the inbox: busy ones at their next event, idle ones by
 * the rollout.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { rolloutActivities } from '../../activities/rollout';
import type { EventType } from '../../src/domain/events';
import {
  rolloutWorkflowId,
  settingsChangedSignal,
  SETTINGS_ROLLOUT_WORKFLOW,
  TASK_QUEUE,
} from '../../src/temporal/contract';
import { eventually } from './support/eventually';
import { eventsOf } from './support/history';
import { Service, type InboxSettings } from './support/service';

let service: Service;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());

describe('a busy conversation', () => {
  it('has them at its next event, and its deadline is computed anew', async () => {
    const c = await service.conversation();
    const { at } = await c.when('message');
    await c.set({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    await c.when('mark_read');
    const [, changed, read] = await c.timeline();
    expect(changed).toMatchObject({ type: 'settings_changed', verdict: 'applied', settings_version: 2 });
    expect(read).toMatchObject({ type: 'mark_read', settings_version: 2, version: 3 });
    const due = new Date(Date.parse(at) + 3_600_000).toISOString();
    expect((await c.record()).next).toEqual({ timer: 'auto_close', due_at: due });
  });

  it('decides nothing by the old ones once they are changed', async () => {
    const c = await service.conversation();
    await c.when('message');
    await c.set({ csat: { enabled: true } });
    expect(await c.when('close')).toMatchObject({ to: 'resolved', settings_version: 2 });
    await c.set({ csat: { enabled: false } });
    await c.set({ assign_on_reply: false });
    expect(await c.when('agent_reply')).toMatchObject({ to: 'in_progress', settings_version: 4 });
    expect((await c.record()).assignee.agent).toBeNull();
  });

  it('notes them only where they move something', async () => {
    const c = await service.conversation();
    await c.when('message');
    await c.set({ reopen_window_seconds: 60 });
    await c.when('mark_read');
    expect((await c.timeline()).map((e) => e.type)).toEqual(['message', 'mark_read']);
    expect(await c.row()).toMatchObject({ settings_version: 2 });
  });
});

describe('idle conversations', () => {
  it('are told by the rollout: running ones, and closed ones at rest', async () => {
    const { inbox, of } = inboxOf('idle');
    const [fresh, working, closed, flow, archived] = await Promise.all([
      of(['message']),
      of(['agent_reply']),
      of(['message', 'close']),
      of(['flow_start']),
      of(['message', 'close', 'archive']),
    ]);
    for (const c of [closed, archived]) await c.rested();
    await fresh.set({
      auto_close: { basis: 'last_activity', after_seconds: 3600 },
      auto_archive: { after_seconds: 0 },
    });
    await rollOut(inbox);

    for (const c of [fresh, working]) {
      await eventually('auto-close is on', async () => (await c.row())?.next?.timer === 'auto_close');
    }
    await eventually('it is archived', async () => (await closed.row())?.archived);
    await closed.rested();
    expect((await closed.timeline()).map((e) => e.type)).toEqual([
      'message', 'close', 'settings_changed', 'auto_archive_due',
    ]); // prettier-ignore
    expect(await flow.timeline()).toHaveLength(1); // nothing of it moves: left to sleep
    expect(await archived.timeline()).toHaveLength(3);
    expect(await rolledOut(inbox)).toBe(2);
  });

  it('are told of the last of several changes that come while it runs', async () => {
    const { inbox, of } = inboxOf('twice');
    const c = await of(['message']);
    const after = (after_seconds: number): InboxSettings => ({
      auto_close: { basis: 'last_activity', after_seconds },
    });
    for (const seconds of [1000, 2000, 3000]) {
      await c.set(after(seconds));
      await signalRollout(inbox);
    }
    await finished(inbox);
    const { at } = (await c.timeline())[0] ?? { at: '' };
    const due_at = new Date(Date.parse(at) + 3_000_000).toISOString();
    await eventually('the last deadline', async () => (await c.row())?.next?.due_at === due_at);
    expect(await rolledOut(inbox)).toBe(4);
  });

  it('are told again when the settings change between two pages, without a signal', async () => {
    const { inbox, of } = inboxOf('between');
    const first = await of(['message']);
    await of(['message']);
    const closesAfter = (after_seconds: number) =>
      first.set({ auto_close: { basis: 'last_activity', after_seconds } });
    const dueAfter = async (seconds: number) => {
      const [message] = await first.timeline();
      const due_at = new Date(Date.parse(message?.at ?? '') + seconds * 1_000).toISOString();
      await eventually('its deadline', async () => (await first.row())?.next?.due_at === due_at);
    };
    let pages = 0;
    await service.stopWorker();
    await service.startWorker({
      activities: (real) => ({
        ...real,
        async rolloutPage(from) {
          const page = await real.rolloutPage(from);
          if (++pages > 1) return page;
          await dueAfter(1000);
          await closesAfter(3000);
          return { ...page, after: first.key.conversation };
        },
      }),
    });
    await closesAfter(1000);
    await rollOut(inbox);
    await dueAfter(3000);
    expect(await rolledOut(inbox)).toBe(3);
  });

  it('are told once, although a page of the rollout is cut off', async () => {
    const { inbox, of } = inboxOf('cut');
    const [one, other] = [await of(['message']), await of(['message'])];
    await one.set({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    const [told, left] = one.key.conversation < other.key.conversation ? [one, other] : [other, one];
    const heartbeatDetails = { after: told.key.conversation, settings_version: 2 };
    const activities = rolloutActivities(service.database.pool, service.temporal);
    const page = { account: service.account, inbox, after: null, settings_version: null };
    await new MockActivityEnvironment({ heartbeatDetails }).run(() => activities.rolloutPage(page));
    await eventually('auto-close is on', async () => (await left.row())?.next?.timer === 'auto_close');
    expect((await told.row())?.next).toBeNull();
  });

  it('an event at the same time as the change is decided once, under the new ones', async () => {
    const { inbox, of } = inboxOf('race');
    const conversations = await Promise.all(Array.from({ length: 8 }, () => of(['message'])));
    await conversations[0]?.set({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    await Promise.all([rollOut(inbox), ...conversations.map((c) => c.when('agent_reply'))]);
    for (const c of conversations) {
      await eventually('auto-close is on', async () => (await c.row())?.next?.timer === 'auto_close');
      const timeline = await c.timeline();
      expect(timeline.map((e) => e.type).sort()).toEqual(['agent_reply', 'message', 'settings_changed']);
      expect(eventsOf(await c.history(), 'workflow_task_failed')).toEqual([]);
    }
  });
});

/** Conversations of one inbox, which begins with the default settings. */
function inboxOf(inbox: string) {
  const of = async (types: EventType[]) => {
    const c = service.conversationIn(inbox);
    for (const type of types) await c.when(type);
    return c;
  };
  return { inbox, of };
}

/** As the API does after a change. */
async function signalRollout(inbox: string): Promise<void> {
  const { account } = service;
  await service.client.workflow.signalWithStart(SETTINGS_ROLLOUT_WORKFLOW, {
    workflowId: rolloutWorkflowId({ account, inbox }),
    taskQueue: TASK_QUEUE,
    args: [{ account, inbox }],
    signal: settingsChangedSignal,
    signalArgs: [],
  });
}

async function finished(inbox: string): Promise<void> {
  await service.client.workflow.getHandle(rolloutWorkflowId({ account: service.account, inbox })).result();
}

async function rollOut(inbox: string): Promise<void> {
  await signalRollout(inbox);
  await finished(inbox);
}

async function rolledOut(inbox: string): Promise<number | undefined> {
  const { rows } = await service.database.pool.query<{ rolled_out_version: number }>(
    'SELECT rolled_out_version FROM inboxes WHERE account = $1 AND inbox = $2',
    [service.account, inbox],
  );
  return rows[0]?.rolled_out_version;
}

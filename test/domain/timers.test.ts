/** The table of timers in docs/statuses.md: when each runs, when it is due, and what it does. */
import { STATUSES, type Conversation, type Timer } from '../../src/domain/conversation';
import { AUTO_ARCHIVE, AUTO_CLOSE, NOTHING, asleep, due, next } from './due';
import {
  BY_BEN,
  DAY,
  HOUR,
  NOW,
  SINCE,
  WROTE,
  closed,
  given,
  inFlow,
  inProgress,
  newOne,
  resolved,
  type Inbox,
} from './given';
import { IN } from './table/row';

interface Armed {
  timer: Timer;
  c: Conversation;
  inbox: Inbox;
  due: number;
}

const ARMED: Armed[] = [
  { timer: 'auto_close', c: newOne(), inbox: AUTO_CLOSE, due: SINCE + 2 * HOUR },
  { timer: 'auto_close', c: inProgress(), inbox: AUTO_CLOSE, due: SINCE + 2 * HOUR },
  { timer: 'csat_timeout', c: resolved(), inbox: { csat: { timeout_seconds: 7200 } }, due: SINCE + 2 * HOUR },
  { timer: 'auto_archive', c: closed(), inbox: AUTO_ARCHIVE, due: SINCE + 2 * HOUR },
  { timer: 'flow_timeout', c: inFlow(), inbox: { flows: { timeout_seconds: 7200 } }, due: SINCE + 2 * HOUR },
  { timer: 'snooze', c: newOne(asleep), inbox: AUTO_CLOSE, due: NOW + HOUR },
  { timer: 'snooze', c: inProgress(asleep), inbox: {}, due: NOW + HOUR },
];

describe.each(ARMED)('$timer in $c.status', ({ timer, c, inbox, due }) => {
  test('is the one timer armed', () => {
    expect(given(c, inbox).state.next).toEqual({ timer, due_at: due });
  });

  test('does nothing a millisecond before', () => {
    expect(
      given(c, inbox)
        .at(due - 1)
        .whenDue(timer),
    ).toMatchObject(NOTHING);
  });

  test.each([0, 1, 30 * DAY])('acts %i ms after', (late) => {
    const told = given(c, inbox)
      .at(due + late)
      .whenDue(timer);

    expect(told).toMatchObject({
      says: 'applied',
      state: { version: c.version + 1, updated_at: due + late },
    });
  });

  test('acts once', () => {
    const { and } = given(c, inbox).at(due).whenDue(timer);

    expect(and.whenDue(timer, due)).toMatchObject(NOTHING);
  });

  test('is the only one that can act', () => {
    const others = ARMED.map((armed) => armed.timer).filter((other) => other !== timer);

    for (const other of others)
      expect(
        given(c, inbox)
          .at(due + DAY)
          .whenDue(other, due),
      ).toMatchObject(NOTHING);
  });
});

test('no timer acts in any status that does not run it', () => {
  const off = { csat: { timeout_seconds: null }, flows: { timeout_seconds: null } };

  for (const status of STATUSES) {
    const idle = given(IN[status], off);
    expect(idle.state.next).toBeNull();
    for (const { timer } of ARMED) expect(idle.later(400 * DAY).whenDue(timer, NOW)).toMatchObject(NOTHING);
  }
});

describe('csat_timeout', () => {
  test('runs a day by default, from when the survey went out, and nothing meanwhile moves it', () => {
    const asked = given(resolved());
    const later = asked.when('assign', { agent: 'ben' }).and.when('tag_add').and.when('mark_unread');

    expect(next(asked)).toEqual(due('csat_timeout', SINCE + DAY));
    expect(next(later)).toEqual(due('csat_timeout', SINCE + DAY));
  });

  test('expires the survey and closes', () => {
    const told = given(resolved())
      .at(SINCE + DAY)
      .whenDue('csat_timeout');

    expect(told.changes).toMatchObject({ status: 'closed', survey: { state: 'expired', score: null } });
    expect(told.state).toMatchObject({ close: BY_BEN });
  });

  test('is off with csat.timeout_seconds null', () => {
    expect(next(given(resolved(), { csat: { timeout_seconds: null } }))).toBeNull();
  });

  test('an answer decided before it, at the same moment, wins', () => {
    const answered = given(resolved())
      .at(SINCE + DAY)
      .when('csat_answer');

    expect(answered.state).toMatchObject({ survey: { state: 'answered', late: false } });
    expect(answered.and.whenDue('csat_timeout', SINCE + DAY)).toMatchObject(NOTHING);
  });
});

describe('auto_archive', () => {
  test('is off by default', () => {
    expect(next(given(closed()))).toBeNull();
  });

  test('archives', () => {
    const told = given(closed(), AUTO_ARCHIVE)
      .at(SINCE + 2 * HOUR)
      .whenDue('auto_archive');

    expect(told).toMatchObject({ changes: { archived: true }, tells: ['conversation.archived'] });
    expect(told.state).toMatchObject({ archived_at: SINCE + 2 * HOUR, next: null });
  });

  test('set to 0 is due at once', () => {
    const shut = given(inProgress(), { auto_archive: { after_seconds: 0 } }).when('close');

    expect(next(shut)).toEqual(due('auto_archive', NOW));
    expect(shut.and.whenDue('auto_archive').changes).toEqual({ archived: true });
  });

  test('counts from closed_at, and nothing afterwards moves it', () => {
    const later = given(closed(), AUTO_ARCHIVE).when('tag_add').and.when('mark_unread');

    expect(next(later)).toEqual(due('auto_archive', SINCE + 2 * HOUR));
  });

  test('leaves alone what was unarchived by hand since it closed', () => {
    const kept = given(closed({ archived: true, archived_at: SINCE }), AUTO_ARCHIVE).when('unarchive');

    expect(next(kept)).toBeNull();
    expect(kept.and.later(DAY).whenDue('auto_archive', SINCE + 2 * HOUR)).toMatchObject(NOTHING);
    expect(next(kept.and.when('tag_add'))).toBeNull();
    expect(next(kept.and.whenSettings({ auto_archive: { after_seconds: 60 } }))).toBeNull();
  });

  test('runs again after the next close', () => {
    const kept = given(closed({ archived: true, archived_at: SINCE }), AUTO_ARCHIVE).when('unarchive').and;

    expect(next(kept.when('reopen').and.when('close'))).toEqual(due('auto_archive', NOW + 2 * HOUR));
    expect(next(kept.when('flow_start').and.when('flow_end', { execution: 'x2' }))).toEqual(
      due('auto_archive', NOW + 2 * HOUR),
    );
  });

  test('does not run for what is archived already', () => {
    expect(next(given(closed(), AUTO_ARCHIVE).when('archive'))).toBeNull();
  });

  test('runs for what was unarchived before it closed', () => {
    const shut = given(inFlow({}, { archived: true, archived_at: SINCE }), AUTO_ARCHIVE)
      .when('unarchive')
      .and.when('close');

    expect(next(shut)).toEqual(due('auto_archive', NOW + 2 * HOUR));
  });
});

describe('flow_timeout', () => {
  test('runs a day by default, from when the flow started', () => {
    expect(next(given(inFlow()))).toEqual(due('flow_timeout', SINCE + DAY));
  });

  test.each([
    ['message', {}],
    ['automatic_message', {}],
    ['automatic_message', { answers: true }],
  ] as const)('runs anew from each sign of life: %s %j', (type, fields) => {
    const alive = given(inFlow()).when(type, fields);

    expect(next(alive)).toEqual(due('flow_timeout', NOW + DAY));
    expect(alive.changes.flow).toMatchObject({ last_activity_at: NOW, expires_at: NOW + DAY });
    expect(alive.and.at(SINCE + DAY).whenDue('flow_timeout', SINCE + DAY)).toMatchObject(NOTHING);
    expect(alive.and.at(NOW + DAY).whenDue('flow_timeout').says).toBe('applied');
  });

  test.each([
    ['message', { kind: 'reaction' }],
    ['assign', { agent: 'dan' }],
    ['tag_add', {}],
    ['mark_unread', {}],
    ['flow_start', { execution: 'x1' }],
  ] as const)('is not moved by what is no sign of life: %s %j', (type, fields) => {
    expect(next(given(inFlow()).when(type, fields))).toEqual(due('flow_timeout', SINCE + DAY));
  });

  test('counts from arrival, and not from the time that the message names', () => {
    const late = given(inFlow()).when('message', { occurred_at: new Date(NOW - 5 * HOUR).toISOString() });

    expect(next(late)).toEqual(due('flow_timeout', NOW + DAY));
  });

  test('is off with flows.timeout_seconds null', () => {
    const endless = given(closed(), { flows: { timeout_seconds: null } }).when('flow_start');

    expect(endless.state).toMatchObject({ flow: { expires_at: null }, next: null });
  });

  test('starts anew with the flow that replaces', () => {
    const replaced = given(inFlow()).when('flow_start', { has_priority: true });

    expect(next(replaced)).toEqual(due('flow_timeout', NOW + DAY));
    expect(replaced.and.at(SINCE + DAY).whenDue('flow_timeout', SINCE + DAY)).toMatchObject(NOTHING);
  });

  const FLOWS = [null, 'new' as const, 'in_progress' as const].flatMap((interrupted) =>
    [false, true].flatMap((assigned) =>
      [false, true].map((customer_wrote) => ({ interrupted, assigned, customer_wrote })),
    ),
  );

  test.each(FLOWS)('does as flow_end expired, without assign, and tells the engine: %j', (flow) => {
    const over = given(inFlow(flow), { flows: { end_status: 'new' } }).at(SINCE + DAY);
    const told = over.whenDue('flow_timeout');

    expect(told.changes).toEqual(over.when('flow_end', { outcome: 'expired' }).changes);
    expect(told.tells).toEqual(['flow.interrupted x1 by timeout']);
  });

  test('leaves waiting_since where it is set', () => {
    const { state } = given(inFlow({ customer_wrote: true }, { waiting_since: WROTE }))
      .at(SINCE + DAY)
      .whenDue('flow_timeout');

    expect(state).toMatchObject({ status: 'new', waiting_since: WROTE });
  });

  test('is stale news to a flow_end that comes after', () => {
    const over = given(inFlow())
      .at(SINCE + DAY)
      .whenDue('flow_timeout').and;

    expect(over.when('flow_end').says).toBe('ignored stale_flow');
  });
});

describe('snooze', () => {
  test('wakes it unread', () => {
    const told = given(inProgress(asleep))
      .at(NOW + HOUR)
      .whenDue('snooze');

    expect(told.changes).toEqual({ snoozed_until: null, unread: true });
  });

  test('moves with the snooze, and the old deadline does nothing', () => {
    const moved = given(inProgress(asleep)).when('snooze', { until: new Date(NOW + 2 * HOUR).toISOString() });

    expect(next(moved)).toEqual(due('snooze', NOW + 2 * HOUR));
    expect(moved.and.at(NOW + HOUR).whenDue('snooze', NOW + HOUR)).toMatchObject(NOTHING);
    expect(moved.and.at(NOW + 2 * HOUR).whenDue('snooze').says).toBe('applied');
  });

  test.each(['message', 'agent_reply', 'unsnooze', 'close'] as const)(
    '%s ends it: nothing is left to wake',
    (type) => {
      const woken = given(inProgress(asleep)).when(type).and;

      expect(woken.at(NOW + HOUR).whenDue('snooze', NOW + HOUR)).toMatchObject(NOTHING);
    },
  );
});

describe('a timer never acts on a deadline that has moved', () => {
  test('auto_close, by a message just before', () => {
    const moved = given(inProgress(), AUTO_CLOSE)
      .at(SINCE + 2 * HOUR - 1)
      .when('message').and;

    expect(moved.at(SINCE + 2 * HOUR).whenDue('auto_close', SINCE + 2 * HOUR)).toMatchObject(NOTHING);
    expect(moved.at(SINCE + 4 * HOUR - 1).whenDue('auto_close').state.status).toBe('closed');
  });

  test('auto_archive, by a reopen and a close', () => {
    const again = given(closed(), AUTO_ARCHIVE).when('reopen').and.when('close').and;

    expect(again.at(SINCE + 2 * HOUR).whenDue('auto_archive', SINCE + 2 * HOUR)).toMatchObject(NOTHING);
  });

  test('csat_timeout, by the next survey', () => {
    const again = given(resolved(), { csat: { enabled: true } })
      .when('reopen')
      .and.when('close').and;

    expect(again.at(SINCE + DAY).whenDue('csat_timeout', SINCE + DAY)).toMatchObject(NOTHING);
    expect(again.at(NOW + DAY).whenDue('csat_timeout').state.survey).toMatchObject({
      survey: 'c_1.2',
      state: 'expired',
    });
  });
});

test('exactly one is armed, the earliest, through a whole story', () => {
  const inbox = { ...AUTO_CLOSE, ...AUTO_ARCHIVE, csat: { enabled: true } };
  const wrote = given(IN.not_contacted, inbox).when('message');
  const flow = wrote.and.when('flow_start', { has_priority: true });
  const back = flow.and.when('flow_end', { execution: 'x2' });
  const sleeping = back.and.when('snooze');
  const asked = sleeping.and.when('close');
  const done = asked.and.when('csat_answer');
  const away = done.and.when('archive');

  expect([wrote, flow, back, sleeping, asked, done, away].map((told) => next(told)?.timer)).toEqual([
    'auto_close',
    'flow_timeout',
    'auto_close',
    'snooze',
    'csat_timeout',
    'auto_archive',
    undefined,
  ]);
});

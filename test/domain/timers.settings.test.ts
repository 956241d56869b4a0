/** How new settings of an inbox change the timers that run. */
import { STATUSES, type Conversation, type Timer } from '../../src/domain/conversation';
import { settingsSchema } from '../../src/domain/settings';
import { AUTO_ARCHIVE, AUTO_CLOSE, NOTHING, SILENCE, asleep, due, next } from './due';
import {
  DAY,
  HOUR,
  MINUTE,
  NOW,
  SINCE,
  WROTE,
  closed,
  given,
  inFlow,
  inProgress,
  newOne,
  resolved,
  Given,
  type Inbox,
} from './given';
import { IN } from './table/row';

describe('when the settings change, deadlines are computed anew from the same starting points', () => {
  const changed: [Timer, Conversation, Inbox, Inbox][] = [
    ['auto_close', inProgress(), SILENCE, { auto_close: { after_seconds: 60 } }],
    ['csat_timeout', resolved(), {}, { csat: { timeout_seconds: 60 } }],
    ['auto_archive', closed(), AUTO_ARCHIVE, { auto_archive: { after_seconds: 60 } }],
    ['flow_timeout', inFlow(), {}, { flows: { timeout_seconds: 60 } }],
  ];

  test.each(changed)('%s', (timer, c, before, after) => {
    const told = given(c, before).whenSettings(after);

    expect(told).toMatchObject({ says: 'applied', effects: [] });
    expect(next(told)).toEqual(due(timer, SINCE + MINUTE));
    expect(told.and.whenDue(timer).says).toBe('applied');
  });

  test.each(changed)('%s: switched off and on', (_, c, before) => {
    const off = { csat: { timeout_seconds: null }, flows: { timeout_seconds: null } };
    const on = given(c, before).state.next;

    expect(next(given(c, before).whenSettings(off))).toBeNull();
    expect(next(given(c, off).whenSettings(before))).toEqual(on);
  });

  test('the survey and the flow show when they run out now', () => {
    expect(given(resolved()).whenSettings({ csat: { timeout_seconds: 60 } }).state.survey?.expires_at).toBe(
      SINCE + MINUTE,
    );
    expect(given(inFlow()).whenSettings({ flows: { timeout_seconds: 60 } }).changes.flow).toMatchObject({
      last_activity_at: SINCE,
      expires_at: SINCE + MINUTE,
    });
    expect(
      given(resolved()).whenSettings({ csat: { timeout_seconds: null } }).state.survey?.expires_at,
    ).toBeNull();
  });

  test('an expired survey is not touched', () => {
    const gone = given(resolved())
      .at(SINCE + DAY)
      .whenDue('csat_timeout').and;

    expect(gone.whenSettings({ csat: { timeout_seconds: 60 } }).state.survey).toEqual(gone.state.survey);
  });

  test('a snooze ends when it was to end', () => {
    expect(given(inProgress(asleep)).whenSettings(AUTO_CLOSE)).toMatchObject({
      ...NOTHING,
      state: { next: { due_at: NOW + HOUR } },
    });
  });

  test('the customer window closes when it would have, had it always been so', () => {
    const hour = given(newOne()).whenSettings({ customer_window_seconds: 3600 });
    const none = given(newOne()).whenSettings({ customer_window_seconds: null });

    expect(hour).toMatchObject({ says: 'applied', state: { window_closes_at: WROTE + HOUR } });
    expect(none.state.window_closes_at).toBeNull();
    expect(none.and.whenSettings({}).state.window_closes_at).toBe(WROTE + DAY);
  });

  test('where no deadline moves, nothing happens', () => {
    for (const status of STATUSES) {
      expect(given(IN[status]).whenSettings({ assign_on_reply: false })).toMatchObject(NOTHING);
    }
  });

  test('nor in one that was read back with its fields in another order', () => {
    for (const status of STATUSES) {
      const { state } = given(IN[status]);
      const readBack = Object.fromEntries(Object.entries(state).reverse()) as unknown as Conversation;

      const same = new Given(readBack, settingsSchema.parse({}), NOW);
      expect(same.whenSettings({ assign_on_reply: false })).toMatchObject(NOTHING);
    }
  });

  test('the other basis stops and starts auto_close', () => {
    const wrote = given(newOne(), AUTO_CLOSE);

    expect(next(wrote.whenSettings(SILENCE))).toBeNull();
    expect(next(wrote.whenSettings(SILENCE).and.whenSettings(AUTO_CLOSE))).toEqual(wrote.state.next);
  });

  test('the old deadline does nothing any more', () => {
    const moved = given(inProgress(), SILENCE).whenSettings({ auto_close: { after_seconds: 14400 } }).and;

    expect(moved.at(SINCE + 2 * HOUR).whenDue('auto_close', SINCE + 2 * HOUR)).toMatchObject(NOTHING);
  });

  test('a busy conversation gets there by its next event', () => {
    const { state } = given(inProgress(), AUTO_CLOSE);
    const settings = settingsSchema.parse({ auto_close: { after_seconds: 60 } });
    const busy = new Given(state, settings, NOW).when('tag_add');

    expect(next(busy)).toEqual(due('auto_close', SINCE + MINUTE));
  });
});

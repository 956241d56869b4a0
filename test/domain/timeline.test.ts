/**
 * What a life writes to the database: the timeline's changes, the episodes and the surveys give its states
 * again.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decide } from '../../src/domain/decide';
import type { AnyEvent } from '../../src/domain/events';
import { rowOf, stepOf, type Step as Written } from '../../src/domain/timeline';
import { toKept, toRecord, toSurveyRecord } from '../../src/domain/record';
import { closed, given, NOW, type Told } from './given';
import { life, live, type Life, type Step } from './lives';

const numRuns = 300;
const inbox = 'support';

/** The decisions of a life, as they are written. */
function written(l: Life): (Step & { row: Written })[] {
  return live(l).map((step, n) => {
    const stamp = { inbox, seq: n + 1, settings_version: 1, now: step.now };
    return { ...step, row: stepOf(step.before, step.event, step.decision, stamp) };
  });
}

const inEveryLife = (holds: (steps: ReturnType<typeof written>) => void) =>
  fc.assert(
    fc.property(life, (l) => holds(written(l))),
    { numRuns },
  );

test('the changes, folded from the first entry, are the record as it was', () => {
  inEveryLife((steps) => {
    let record = {};
    for (const { after, row } of steps) {
      record = { ...record, ...row.entry.changes };
      assert.deepEqual(record, toRecord(inbox, after));
    }
  });
});

test('an entry has the verdict on its event', () => {
  inEveryLife((steps) => {
    for (const { before, after, event, decision, row } of steps) {
      const { event: id, type, version, verdict, reason, rule, from, to } = row.entry;
      assert.deepEqual(
        { event: id, type, version, verdict, reason, rule, from, to },
        {
          event: event.id,
          type: event.type,
          version: after.version,
          verdict: decision.verdict,
          reason: decision.verdict === 'ignored' ? decision.reason : null,
          rule: decision.verdict === 'refused' ? decision.rule : null,
          from: before.status,
          to: after.status,
        },
      );
      const conversation = toRecord(inbox, after);
      assert.deepEqual(
        row.effects,
        decision.effects.map((effect) => ({ ...effect, conversation })),
      );
    }
  });
});

test("an entry's data are the event's own fields, a deadline in RFC 3339", () => {
  const stamp = { inbox, seq: 2, settings_version: 1, now: NOW };
  const dataIn = (told: Told, event: AnyEvent) => stepOf(told.state, event, told, stamp).entry.data;
  const told = given(closed()).when('reopen');

  expect(dataIn(told, { id: 'e_1', type: 'reopen', agent: 'cleo' })).toEqual({ agent: 'cleo' });
  expect(dataIn(told, { id: '@timer', type: 'snooze_over', due_at: NOW })).toEqual({
    due_at: '2026-03-01T12:00:00.000Z',
  });
});

test('a restored row is a decision that changes nothing, and whose entry is the whole record', () => {
  const { state, settings } = given(closed());
  const event = { id: '@restored', type: 'restored', row_seq: 4 } as const;
  const decision = decide(state, event, settings, NOW);
  const { entry } = stepOf(state, event, decision, { inbox, seq: 9, settings_version: 1, now: NOW });

  expect(decision).toMatchObject({ verdict: 'ignored', reason: 'restored', state, effects: [] });
  expect(entry).toMatchObject({ data: { row_seq: 4 }, changes: toRecord(inbox, state) });
});

test('the episodes, each as last written, are there from the first, and the last is the current one', () => {
  inEveryLife((steps) => {
    const episodes = new Map<number, unknown>();
    for (const { after, row } of steps) {
      if (row.episode) episodes.set(row.episode.episode, row.episode);
      assert.deepEqual(
        [...episodes.keys()],
        Array.from({ length: after.episode }, (_, n) => n + 1),
      );
      if (after.episode === 0) continue;
      const { opened_by, started_at, first_reply_at, closed_at, close, assignee, tags } = toRecord(
        inbox,
        after,
      );
      const { episode, agents } = after;
      const current = {
        episode,
        opened_by,
        started_at,
        first_reply_at,
        closed_at,
        close,
        assignee,
        agents,
        tags,
      };
      assert.deepEqual(episodes.get(episode), current);
    }
  });
});

test('an ended episode is not written again', () => {
  inEveryLife((steps) => {
    for (const { after, row } of steps) assert(!row.episode || row.episode.episode === after.episode);
  });
});

test('each effect carries the conversation as it was at that decision, not as it is later', () => {
  const stamp = (seq: number) => ({ inbox, seq, settings_version: 1, now: NOW });
  const wrote = given(closed()).when('message');
  const replied = wrote.and.when('agent_reply');
  const message = { id: 'e_1', type: 'message', kind: 'text' } as const;
  const reply = { id: 'e_1', type: 'agent_reply', agent: 'cleo' } as const;
  const steps = [stepOf(closed(), message, wrote, stamp(1)), stepOf(wrote.state, reply, replied, stamp(2))];

  const seen = steps.map(({ effects }) => effects.map((e) => e.conversation.status));
  expect(seen).toEqual([
    ['new', 'new', 'new'],
    ['in_progress', 'in_progress'],
  ]);
});

test('the surveys, each as last written, are all that went out', () => {
  inEveryLife((steps) => {
    const surveys = new Map<string, unknown>();
    for (const { after, row } of steps) {
      for (const s of row.surveys) surveys.set(s.survey, s);
      assert.equal(surveys.size, after.survey_count);
      for (const s of [...(after.survey ? [after.survey] : []), ...after.past_surveys]) {
        assert.deepEqual(surveys.get(s.survey), { ...toSurveyRecord(s), episode: s.episode });
      }
    }
  });
});

test('the row is the record, what is kept beside it, and the fence', () => {
  inEveryLife((steps) => {
    const last = steps.at(-1)?.after;
    if (!last) return;
    const fence = { seq: steps.length, settings_version: 3 };
    const row = rowOf(last, { inbox, ...fence });
    assert.deepEqual(row, { ...toRecord(inbox, last), ...toKept(last), ...fence });
  });
});

/** The past decided again: nothing differs under the same settings; under others it is what a slow, obvious re-run gives. */
import fc from 'fast-check';
import { notContacted, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import { nextDeadline, statusesThatMove } from '../../src/domain/deadlines';
import { TIMER_EVENTS, type AnyEvent, type Event } from '../../src/domain/events';
import { DEFAULT_SETTINGS as DEFAULTS, type Settings } from '../../src/domain/settings';
import { toRecord } from '../../src/domain/record';
import { stepOf, type Entry } from '../../src/domain/timeline';
import { KINDS, type Kind } from '../../src/what-if/kinds';
import type { PastEntry } from '../../src/what-if/past-event';
import { Replay } from '../../src/what-if/replay';
import { NOW } from '../domain/given';
import { life, live, settings, type Step } from '../domain/lives';

const runs = { numRuns: Number(process.env.RUNS ?? 250) };
const LAST = NOW + 4_000 * 86_400_000;

const pastOf = ({ seq, at, type, verdict, to, version, settings_version, data }: Entry): PastEntry =>
  JSON.parse(
    JSON.stringify([seq, Date.parse(at), type, verdict, to, version, settings_version, data, null]),
  ) as PastEntry;

/** A decision of an obvious re-run. */
interface Made {
  /** the same on both sides for the same event, or the same timer at the same deadline */
  key: string;
  at: number;
  before: Conversation;
  event: AnyEvent;
  verdict: string;
  after: Conversation;
}

/** Events at their times; timers act as soon as they are due. From `from` on the settings are `then`. */
function lived(events: [number, Event][], first: Settings, from = LAST, then = first): Made[] {
  const made: Made[] = [];
  let state: Conversation = notContacted('c_1', events[0]?.[0] ?? NOW);
  let current = first;
  const make = (event: AnyEvent, at: number, key: string) => {
    const { verdict, state: after } = decide(state, event, current, at);
    made.push({ key, at, before: state, event, verdict, after });
    state = after;
  };
  /** @param now the earliest moment at which they can act */
  const actBefore = (until: number, now = 0) => {
    while (state.next && state.next.due_at < until) {
      const { timer, due_at } = state.next;
      make({ id: '@', type: TIMER_EVENTS[timer], due_at }, Math.max(due_at, now), `${timer}@${due_at}`);
    }
  };
  const change = () => {
    actBefore(from);
    current = then;
    const changed = { id: '@', type: 'settings_changed', settings: then, settings_version: 2 } as const;
    state = decide(state, changed, then, from).state;
    actBefore(from, from);
  };
  let changed = from === LAST;
  for (const [at, event] of events) {
    if (!changed && at >= from) {
      change();
      changed = true;
    }
    actBefore(at);
    make(event, at, event.id);
    actBefore(at + 1, at);
  }
  if (!changed) change();
  actBefore(LAST);
  return made;
}

/** Counted by what the words mean, not as the product counts. */
const MEANS: Record<Kind, (m: Made) => boolean> = {
  auto_closed: (m) => m.verdict === 'applied' && m.event.type === 'auto_close_due',
  auto_closed_while_waiting: (m) =>
    m.verdict === 'applied' && m.event.type === 'auto_close_due' && m.before.waiting_since !== null,
  auto_archived: (m) => !m.before.archived && m.after.archived && m.event.type === 'auto_archive_due',
  flow_timed_out: (m) => m.verdict === 'applied' && m.event.type === 'flow_timeout',
  new_after_flow: (m) =>
    m.before.status === 'in_flow' &&
    m.after.status === 'new' &&
    m.after.unread &&
    ['flow_end', 'flow_timeout'].includes(m.event.type),
  survey_sent: (m) => m.before.survey?.survey !== m.after.survey?.survey,
  broadcast_reached: (m) =>
    m.event.type === 'flow_start' && m.event.source === 'broadcast' && m.verdict === 'applied',
  broadcast_blocked: (m) =>
    m.event.type === 'flow_start' && m.event.source === 'broadcast' && m.verdict === 'refused',
  episode_begun: (m) => m.before.episode !== m.after.episode,
  reopened: (m) =>
    m.before.status === 'closed' &&
    m.after.status === 'in_progress' &&
    m.before.episode === m.after.episode &&
    m.event.type !== 'reopen',
};

function obvious(was: Made[], would: Made[]) {
  const counts = KINDS.map((kind) => {
    const keys = (made: Made[]) => made.filter(MEANS[kind]).map(({ key }) => key);
    const [there, here] = [keys(was), keys(would)];
    const gone = there.filter((key) => !here.includes(key)).length;
    const added = here.filter((key) => !there.includes(key)).length;
    return [kind, { was: there.length, would_be: here.length, gone, added }];
  });
  return Object.fromEntries(counts) as Record<Kind, object>;
}

/** No two in the same millisecond: whether a timer acts between those is for nobody to say. */
const events = fc
  .tuple(life, fc.infiniteStream(fc.constantFrom(1, 1000, 30_000, 61_000, 3_700_000, 90_000_000, 2e9)))
  .map(([{ happenings }, waits]) => {
    let at = NOW;
    return happenings.flatMap((h, i): [number, Event][] => {
      at += waits.next().value ?? 0;
      return h.what === 'event' ? [[at, { ...h.event, id: `e_${i}` }]] : [];
    });
  });

const entriesOf = (made: Made[]): PastEntry[] =>
  made.map(({ before, event, at, after, verdict }, i) =>
    pastOf(stepOf(before, event, { ...decisionOf(verdict), state: after, effects: [] }, stamp(i, at)).entry),
  );
const stamp = (i: number, now: number) => ({ inbox: 'i', seq: i + 1, settings_version: 1, now });
const decisionOf = (verdict: string) =>
  ({ verdict, reason: 'no_change', rule: 'not_open' }) as { verdict: 'ignored'; reason: 'no_change' };

const replayed = (past: PastEntry[], range: { from: number; to: number }, was: Settings, would: Settings) => {
  const replay = new Replay('c_1', range, () => ({ was, would }));
  for (const entry of past) replay.take(entry);
  replay.end();
  return replay;
};

describe('a life decided again', () => {
  it('under the same settings is as it was, whatever happened in it', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 40 }), (of, n) => {
        const steps = live(of, undefined, Math.max);
        const versions = versionsOf(of.settings, steps);
        const past = steps.map(({ before, event, decision, now }, i) =>
          pastOf(
            stepOf(before, event, decision, { ...stamp(i, now), settings_version: versions[i]?.[0] ?? 1 })
              .entry,
          ),
        );
        const from = steps[n]?.now ?? NOW;
        const known = new Map(versions);
        const replay = new Replay('c_1', { from, to: LAST }, (version) => {
          const was = known.get(version) ?? of.settings;
          return { was, would: was };
        });
        for (const entry of past) replay.take(entry);
        replay.end();
        const { kinds, decided_otherwise, at_end } = replay.totals;
        const counts = Object.values(kinds).filter((k) => k.gone + k.added > 0 || k.was !== k.would_be);
        expect([replay.leftOut, counts, decided_otherwise]).toEqual([null, [], 0]);
        expect(at_end.would_be).toEqual(at_end.was);
      }),
      runs,
    );
  });

  it('under others is what an obvious re-run gives, from any moment on', () => {
    let different = 0;
    fc.assert(
      fc.property(events, settings, settings, fc.integer({ min: 0, max: 12 }), (of, first, then, n) => {
        const from = of[n]?.[0] ?? NOW;
        const was = lived(of, first);
        const replay = replayed(entriesOf(was), { from, to: LAST }, first, then);
        const would = lived(of, first, from, then);
        const since = (made: Made[]) => made.filter(({ at }) => at >= from);
        expect(replay.leftOut).toBeNull();
        expect(replay.totals.kinds).toEqual(obvious(since(was), since(would)));
        const end = (would.at(-1) ?? was.at(-1))?.after.status;
        if (end) expect(replay.totals.at_end.would_be[end]).toBe(1);
        if (replay.differs) different += 1;
      }),
      runs,
    );
    expect(different).toBeGreaterThan(runs.numRuns / 5);
  });

  it('goes on from any of its records, if the settings stay the same', () => {
    fc.assert(
      fc.property(events, settings, fc.integer({ min: 1, max: 20 }), (of, first, n) => {
        const was = lived(of, first);
        const past = entriesOf(was).slice(n);
        const [begins] = past;
        const made = was[n];
        if (!begins || !made) return;
        begins[8] = toRecord('i', made.after);
        const replay = replayed(past, { from: NOW, to: LAST }, first, first);
        const { kinds, decided_otherwise } = replay.totals;
        const different = Object.values(kinds).filter((k) => k.gone + k.added > 0);
        expect([different, decided_otherwise]).toEqual([[], 0]);
        expect([null, 'not_reproduced']).toContain(replay.leftOut); // a record does not tell all
      }),
      runs,
    );
  });

  it('that lacks its beginning, or is not what was written, is left out', () => {
    const of: [number, Event][] = [
      [NOW, { id: 'e1', type: 'message', kind: 'text' }],
      [NOW + 1000, { id: 'e2', type: 'close', agent: 'ana', skip_survey: false }],
    ];
    const past = entriesOf(lived(of, DEFAULTS));
    const range = { from: NOW, to: LAST };
    expect(replayed(past.slice(1), range, DEFAULTS, DEFAULTS).leftOut).toBe('past_not_kept');
    const surveys = { ...DEFAULTS, csat: { ...DEFAULTS.csat, enabled: true } };
    expect(replayed(past, range, surveys, surveys).leftOut).toBe('not_reproduced');
  });
});

/** The settings of each step, numbered. */
function versionsOf(first: Settings, steps: Step[]): [number, Settings][] {
  let [version, current] = [1, first];
  return steps.map(({ settings: of }) => {
    if (of !== current) [version, current] = [version + 1, of];
    return [version, of];
  });
}

it('the statuses whose deadlines may move are those in which one does', () => {
  fc.assert(
    fc.property(life, settings, settings, (of, those, these) => {
      const moving = statusesThatMove(those, these);
      for (const { after } of live(of)) {
        const moves =
          JSON.stringify(nextDeadline(after, those)) !== JSON.stringify(nextDeadline(after, these));
        if (moves) expect(moving).toContain(after.status);
      }
    }),
    runs,
  );
});

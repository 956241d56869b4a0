/** The status diagram of docs/statuses.md shows every change of status that the rules know, and no other. */
import { TIMERS } from '../../src/domain/conversation';
import { EVENT_TYPES, TIMER_EVENTS, type EventType } from '../../src/domain/events';
import * as words from '../domain/given';
import { fences, read } from './fences';

const conversations = [
  words.stranger(),
  words.newOne(),
  words.inProgress(),
  words.inFlow(),
  words.inFlow({ customer_wrote: true }),
  words.inFlow({ assigned: true }),
  words.newOne({ untouched: true }),
  words.inFlow({ interrupted: 'new' }),
  words.inFlow({ interrupted: 'in_progress' }),
  words.resolved(),
  words.closed(),
];

const inboxes: words.Inbox[] = [
  { auto_close: { basis: 'last_activity', after_seconds: 1 } },
  {
    auto_close: { basis: 'last_activity', after_seconds: 1 },
    csat: { enabled: true, on_auto_close: true },
    flows: { end_status: 'new' },
    reopen_window_seconds: 86_400,
  },
];

/** The fields of an event, if the decision depends on them. */
const variants: { [T in EventType]?: object[] } = {
  assign: [{ team: 'sales' }],
  message: [{}, { rating: 5 }],
  flow_start: [{}, { has_priority: true }, { source: 'inbound' }],
  flow_end: [{}, { outcome: 'failed' }, { outcome: 'expired' }, { assign: { team: 'sales' } }],
  close: [{}, { skip_survey: true }],
};

function changesOf(given: words.Given): string[] {
  const { status, next } = given.state;
  const events = EVENT_TYPES.flatMap((type) =>
    (variants[type] ?? [{}]).map((fields) => ({ type, to: given.when(type, fields).state.status })),
  );
  const timers = TIMERS.map((timer) => ({
    type: TIMER_EVENTS[timer],
    to: given.at(next?.due_at ?? 0).whenDue(timer).state.status,
  }));
  return [...events, ...timers]
    .filter(({ to }) => to !== status)
    .map(({ type, to }) => `${status} --> ${to}: ${type}`);
}

it('the status diagram is what the rules say', () => {
  const diagram =
    fences(read('docs/statuses.md')).find(({ text }) => text.startsWith('stateDiagram'))?.text ?? '';
  const arrows = [...diagram.matchAll(/^ +(\w+ --> \w+): (.+)$/gm)];
  const drawn = arrows.flatMap(([, arrow, events = '']) => events.split(', ').map((e) => `${arrow}: ${e}`));
  const known = conversations.flatMap((c) => inboxes.flatMap((inbox) => changesOf(words.given(c, inbox))));
  expect(drawn.sort()).toEqual([...new Set(known)].sort());
});

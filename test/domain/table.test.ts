/** The table of docs/statuses.md, cell by cell: each test is named with the event, the status and the cell's words. */
import { STATUSES, type Conversation, type Status } from '../../src/domain/conversation';
import { EVENT_TYPES, type EventType } from '../../src/domain/events';
import { given, type Told } from './given';
import { ROWS as before } from './table/before';
import * as closing from './table/closing';
import * as flows from './table/flows';
import * as inbox from './table/inbox';
import { IN, type Cell } from './table/row';
import * as messages from './table/messages';

const ROWS = [...before, ...[messages, flows, closing, inbox].flatMap((rows) => Object.values(rows))];
const CELLS = ROWS.flatMap(({ event, row = event, fields, cells }) =>
  STATUSES.flatMap((status) =>
    [cells[status] ?? []].flat().map((cell) => ({
      name: `${row} in ${status}: ${cell.words}`,
      event,
      status,
      cell: { ...cell, fields: { ...fields, ...cell.fields } },
    })),
  ),
);

test.each(CELLS)('$name', ({ event, status, cell }) => {
  const {
    given: c = IN[status],
    inbox: settings,
    fields,
    says = 'applied',
    changes = {},
    tells = [],
  }: Cell = cell;
  expect(c.status).toBe(status);

  const told = given(c, settings).when(event, fields);

  expect(told).toMatchObject({ says, tells });
  expect(told.changes).toEqual(changes);
  expect(told.effects.map((e) => e.type).sort()).toEqual([...said(c, told), ...tells].map(typeOf).sort());
  expect(told.effects.filter((e) => e.type === 'conversation.status_changed')).toEqual(
    statusChange(c, event, told.state),
  );
  expect(told.state.version).toBe(c.version + (says === 'applied' ? 1 : 0));
});

const typeOf = (told: string) => told.split(' ')[0];

/** There is a status_changed effect exactly when the status changed. */
function statusChange(
  { status: from }: Conversation,
  type: EventType,
  { status: to, episode }: Conversation,
) {
  const event: unknown = expect.objectContaining({ id: 'e_1', type });
  return from === to ? [] : [{ type: 'conversation.status_changed', from, to, event, episode }];
}

/** The effects that only say which fields changed. */
function said(before: Conversation, { changes, state }: Told): string[] {
  const names = (c: Conversation) => JSON.stringify(c.tags.map((t) => t.name));
  return [
    ...('status' in changes ? ['conversation.status_changed'] : []),
    ...(changes.status === 'closed' ? ['episode.ended'] : []),
    ...('assignee' in changes ? ['conversation.assigned'] : []),
    ...(names(before) === names(state) ? [] : ['conversation.tags_changed']),
    ...('snoozed_until' in changes
      ? [changes.snoozed_until === null ? 'conversation.unsnoozed' : 'conversation.snoozed']
      : []),
    ...(changes.archived === false ? ['conversation.unarchived'] : []),
  ];
}

test('a test for every event in every status, and no two of one name', () => {
  const tested = (event: EventType, status: Status) =>
    CELLS.some((c) => c.event === event && c.status === status);
  const missing = EVENT_TYPES.flatMap((event) =>
    STATUSES.filter((status) => !tested(event, status)).map((status) => `${event} in ${status}`),
  );

  expect(missing).toEqual([]);
  expect(EVENT_TYPES).toHaveLength(23);
  expect(STATUSES).toHaveLength(6);
  expect(new Set(CELLS.map(({ name }) => name)).size).toBe(CELLS.length);
});

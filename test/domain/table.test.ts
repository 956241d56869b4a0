/** The table of statuses.md, cell by cell: each test is named with the event, the status and the cell's words. */
import { STATUSES, type Conversation, type Status } from '../../src/domain/conversation';
import { EVENT_TYPES, type EventType } from '../../src/domain/events';
import { given } from './given';
import * as closing from './table/closing';
import * as flows from './table/flows';
import * as inbox from './table/inbox';
import { IN, type Cell } from './table/row';
import * as writing from './table/writing';

const ROWS = [writing, flows, closing, inbox].flatMap((rows) => Object.values(rows));
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
  expect(told.effects.slice(0, told.effects.length - tells.length)).toEqual(statusChange(c, told.state));
  expect(told.state.version).toBe(c.version + (says === 'applied' ? 1 : 0));
});

/** Told first, and exactly when the status is another one. */
function statusChange({ status: from }: Conversation, { status: to, episode }: Conversation) {
  return from === to ? [] : [{ type: 'conversation.status_changed', from, to, event: 'e_1', episode }];
}

test('a test for every event in every status, and no two of one name', () => {
  const tested = (event: EventType, status: Status) =>
    CELLS.some((c) => c.event === event && c.status === status);
  const missing = EVENT_TYPES.flatMap((event) =>
    STATUSES.filter((status) => !tested(event, status)).map((status) => `${event} in ${status}`),
  );

  expect(missing).toEqual([]);
  expect(EVENT_TYPES).toHaveLength(16);
  expect(STATUSES).toHaveLength(6);
  expect(new Set(CELLS.map(({ name }) => name)).size).toBe(CELLS.length);
});

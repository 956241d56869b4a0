/** The tables of docs/statuses.md say what the tests of the rules try: the same rows, codes and statuses. */
import { STATUSES, TIMERS, type Status } from '../../src/domain/conversation';
import * as closing from '../domain/table/closing';
import * as flows from '../domain/table/flows';
import * as inbox from '../domain/table/inbox';
import * as messages from '../domain/table/messages';
import type { Cell, Row } from '../domain/table/row';
import { read } from './fences';

const page = read('docs/statuses.md');
const rowsUnder = (heading: string) =>
  (page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').replaceAll('`', '')));

const shown = rowsUnder('What each event does in each status');
const cellsOf = new Map(shown.map(([name = '', ...cells]) => [name, cells]));
const tried = [messages, flows, closing, inbox].flatMap((rows) => Object.values<Row>(rows));

/** Statuses it leads to, and codes it is refused or ignored with. */
const outcomesShown = (cell: string): string[] =>
  [...cell.matchAll(/→ (\w+)|(?:refused|ignored) \w+/g)].map(([all, status]) => status ?? all);
const outcomesTried = (cells: Cell[]) =>
  cells.map(({ says, changes }) => says ?? changes?.status).filter((outcome) => outcome !== undefined);

const cases = tried
  .filter(({ event, row = event }) => cellsOf.has(row))
  .flatMap(({ event, row = event, cells }) =>
    STATUSES.map((status: Status, i) => ({
      row,
      status,
      cell: cellsOf.get(row)?.[i] ?? '',
      cells: [cells[status] ?? []].flat(),
    })),
  )
  .filter(({ cell }) => !/^as message$|see below/.test(cell));

it.each(cases)('$row in $status: the page says what is tried', ({ cell, cells }) => {
  const said = new Set(outcomesShown(cell));
  if (/else as message$/.test(cell)) return expect(said.size).toBe(0);
  expect([...said].sort()).toEqual([...new Set(outcomesTried(cells))].sort());
});

it('every row of the page is tried', () => {
  const names = tried.map(({ event, row = event }) => row);
  expect([...cellsOf.keys()].filter((name) => !names.includes(name))).toEqual([]);
  expect(cellsOf.size).toBe(22);
});

it('the page has every timer', () => {
  expect(rowsUnder('Timers').map(([name]) => name)).toEqual([...TIMERS]);
});

/**
 * The checks before the table, in every status: contacts who are blocked or opted out, executions that ended.
 */
import { STATUSES } from '../../../src/domain/conversation';
import type { EventType } from '../../../src/domain/events';
import type { Fields } from '../given';
import { IN, ignored, refused, row, type Cell, type Row } from './row';

const about = <T extends EventType>(
  event: T,
  name: string,
  fields: Fields<T>,
  part: object,
  cell: Cell,
): Row =>
  row({
    event,
    row: name,
    fields,
    cells: Object.fromEntries(
      STATUSES.map((status) => [status, { ...cell, given: { ...IN[status], ...part } }]),
    ),
  });

const BLOCKED = { blocked: true };
const OPTED_OUT = { opted_out: true };

export const ROWS: Row[] = [
  about('message', 'message of a blocked contact', {}, BLOCKED, ignored('blocked')),
  about('message', 'message with rating of a blocked contact', { rating: 5 }, BLOCKED, ignored('blocked')),
  about(
    'message',
    'message of kind courtesy of a blocked contact',
    { kind: 'courtesy' },
    BLOCKED,
    ignored('blocked'),
  ),
  about(
    'message',
    'message of kind reaction of a blocked contact',
    { kind: 'reaction' },
    BLOCKED,
    ignored('reaction'),
  ),
  ...(['flow', 'broadcast', 'inbound'] as const).flatMap((source) =>
    [false, true].flatMap((has_priority) => {
      const said = `flow_start from ${source}, has_priority: ${has_priority}`;
      const fields = { source, has_priority };
      return [
        about(
          'flow_start',
          `${said}, to a blocked contact`,
          fields,
          { ...BLOCKED, ...OPTED_OUT },
          refused('blocked'),
        ),
        about(
          'flow_start',
          `${said}, of an ended execution`,
          fields,
          { ended_executions: ['x0', 'x2'] },
          refused('execution_ended'),
        ),
        about(
          'flow_start',
          `${said}, of an ended execution to one who opted out`,
          fields,
          { ...OPTED_OUT, ended_executions: ['x2'] },
          refused(source === 'broadcast' ? 'opted_out' : 'execution_ended'),
        ),
      ];
    }),
  ),
];

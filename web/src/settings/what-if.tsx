import { useEffect, useState } from 'preact/hooks';
import type { Settings, WhatIfLine } from '../../../clients/typescript/src/index.ts';
import { moment } from '../model/clock.ts';
import { client, said } from '../model/session.ts';
import { STATUS, TIMER } from '../model/words.ts';
import { OpenLink } from '../board/card.tsx';
import { Trouble } from '../parts/empty.tsx';
import { Table } from '../parts/table.tsx';
import { shown } from './field.tsx';
import { Past } from './past.tsx';
import { patchOf, sayable, valueIn, type Field } from './schema.ts';

type Change = Extract<WhatIfLine, { type: 'change' }>;
type Summary = Extract<WhatIfLine, { type: 'summary'; of: 'present' }>;

const SHOWN = 20;
/** Who is still typing asks for nothing. */
const QUIET_MS = 600;
const MOVES: Record<Change['move'], string> = {
  begins: 'a timer begins',
  ends: 'the timer ends',
  sooner: 'sooner',
  later: 'later',
};

interface Found {
  looked: number;
  of: number;
  examples: Change[];
  summary: Summary | null;
  error: string;
}
const NOTHING: Found = { looked: 0, of: 0, examples: [], summary: null, error: '' };

interface Props {
  inbox: string;
  /** those that differ */
  fields: Field[];
  from: Settings;
  to: Settings;
}

/** What saving would change: the settings, the conversations that are there now, and what would have been. */
export function WhatIf({ inbox, fields, from, to }: Props) {
  const asked = fields.filter((field) => sayable(field, to));
  const unasked = fields.filter((field) => !sayable(field, to));
  const patch = JSON.stringify(patchOf(asked, to));
  return (
    <>
      <ul>
        {fields.map((field) => (
          <li key={field.name}>
            {field.title}: {shown(field, valueIn(from, field.name))} →{' '}
            <b>{shown(field, valueIn(to, field.name))}</b>
          </li>
        ))}
      </ul>
      {asked.length > 0 && <Present inbox={inbox} patch={patch} />}
      {asked.length > 0 && <Past key={patch} inbox={inbox} patch={patch} />}
      {unasked.length > 0 && (
        <p class="quiet">Not counted in this: {unasked.map(({ title }) => title).join(', ')}.</p>
      )}
    </>
  );
}

/** How many conversations change as soon as it is saved, which and when. */
function Present({ inbox, patch }: { inbox: string; patch: string }) {
  const [found, setFound] = useState(NOTHING);
  const [tried, tryAgain] = useState(0);
  useEffect(() => {
    const over = new AbortController();
    setFound(NOTHING);
    const look = async () => {
      try {
        const body = { settings: JSON.parse(patch) as object, examples: SHOWN };
        for await (const line of client.value.whatIf(inbox, body, over.signal)) setFound(taken(line));
      } catch (error) {
        const because = said(error);
        if (!over.signal.aborted) setFound((before) => ({ ...before, error: because }));
      }
    };
    const timer = setTimeout(() => void look(), QUIET_MS);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [inbox, patch, tried]);
  const { summary, examples, error, looked, of } = found;
  if (error) return <Trouble error={error} retry={() => tryAgain(tried + 1)} />;
  if (!summary)
    return (
      <p>
        <progress aria-label="Counting" value={looked} max={Math.max(1, of)} /> Counting what changes now …
      </p>
    );
  const atOnce = summary.acts.find(({ within_seconds }) => within_seconds === 0)?.n ?? 0;
  return (
    <>
      <p>
        <b>
          {summary.changed.toLocaleString()} of {summary.conversations.toLocaleString()} conversations change
        </b>{' '}
        as soon as it is saved{timersOf(summary)}
        {atOnce > 0 && `; in ${atOnce.toLocaleString()} the timer acts at once`}.
        {summary.windows > 0 &&
          ` The customer’s window ends at another time in ${summary.windows.toLocaleString()}.`}
      </p>
      {examples.length > 0 && <Examples examples={examples} />}
      {summary.limits.map((limit) => (
        <p key={limit} class="quiet">
          {limit}
        </p>
      ))}
    </>
  );
}

/** What is known, with what a line of the answer says. */
function taken(line: WhatIfLine): (before: Found) => Found {
  return (before) => {
    if (line.type === 'progress') return { ...before, looked: line.conversations, of: line.of };
    if (line.type === 'change') return { ...before, examples: [...before.examples, line].slice(0, SHOWN) };
    if (line.type === 'summary' && line.of === 'present') return { ...before, summary: line };
    return before;
  };
}

function timersOf({ timers }: Summary): string {
  const some = (Object.entries(timers) as [keyof typeof TIMER, Record<string, number>][]).flatMap(
    ([timer, moves]) =>
      (Object.entries(moves) as [Change['move'], number][])
        .filter(([, n]) => n > 0)
        .map(([move, n]) => `${TIMER[timer]} ${MOVES[move]}: ${n.toLocaleString()}`),
  );
  return some.length === 0 ? '' : ` (${some.join(', ')})`;
}

function Examples({ examples }: { examples: Change[] }) {
  const due = (timer: Change['was']) =>
    timer === null ? '–' : `${TIMER[timer.timer]}, ${moment(timer.due_at)}`;
  return (
    <Table
      label="Some of the conversations that change"
      heads={['Conversation', 'Status', 'Now due', 'Then due']}
    >
      {examples.map((one) => (
        <tr key={one.conversation}>
          <th scope="row">
            <OpenLink id={one.conversation} />
          </th>
          <td>{STATUS[one.status]}</td>
          <td>{due(one.was)}</td>
          <td>{one.at_once ? 'at once' : due(one.would_be)}</td>
        </tr>
      ))}
    </Table>
  );
}

import { useState } from 'preact/hooks';
import type { paths } from '../../../clients/typescript/src/index.ts';
import { day, duration, hourOf } from '../model/clock.ts';
import { useReading } from '../model/reading.ts';
import { client } from '../model/session.ts';
import { TIMER } from '../model/words.ts';
import { OpenLink } from '../board/card.tsx';
import { Bars } from '../parts/bars.tsx';
import { Trouble } from '../parts/empty.tsx';
import { Section, Tile, Tiles } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { Since } from '../parts/time.tsx';

type Answer = paths['/v1/inboxes/{inbox}/timers']['get']['responses'][200]['content']['application/json'];
type Part = Answer['parts'][number];
type Within = 'hour' | 'day' | 'week';

const EVERY_MS = 10_000;
const SPANS: Record<Within, string> = { hour: 'hour', day: '24 hours', week: '7 days' };
/** Less is a timer that is just acting. */
const LATE_MS = 60_000;

/** What will happen by itself, before it happens. */
export function Timers({ inbox }: { inbox: string }) {
  const [within, setWithin] = useState<Within>('day');
  const { value, error, refresh } = useReading(`${inbox} ${within}`, EVERY_MS, (signal) =>
    client.value.GET('/v1/inboxes/{inbox}/timers', {
      params: { path: { inbox }, query: { within } },
      signal,
    }),
  );
  return (
    <div class="sections scroll" tabIndex={0} role="region" aria-label="Timers">
      {error && <Trouble error={error} retry={refresh} />}
      <Figures answer={value} />
      {value && value.overdue.n > 0 && <Overdue answer={value} />}
      <Section title="Due">
        <label class="choice">
          In the next{' '}
          <select value={within} onChange={(event) => setWithin(event.currentTarget.value as Within)}>
            {Object.entries(SPANS).map(([span, name]) => (
              <option key={span} value={span}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {value ? <Due parts={value.parts} within={within} /> : <p class="loading">Loading …</p>}
      </Section>
    </div>
  );
}

function Figures({ answer }: { answer: Answer | null }) {
  const first = answer?.overdue.items[0];
  const late = answer && (first ? Date.parse(answer.at) - Date.parse(first.due_at) : 0);
  return (
    <Tiles>
      <Tile name="Next hour" means="timers are due in it" value={answer?.within_an_hour.toLocaleString()} />
      <Tile
        name="Overdue"
        means="were due and have not acted"
        value={answer?.overdue.n.toLocaleString()}
        isBad={late !== null && late > LATE_MS}
      />
      <Tile
        name="Lag"
        means="of the one that is overdue for longest"
        value={late === null ? undefined : duration(late)}
        isBad={late !== null && late > LATE_MS}
      />
    </Tiles>
  );
}

function Overdue({ answer: { overdue } }: { answer: Answer }) {
  return (
    <Section
      title="Overdue for longest"
      about="A worker’s sweep wakes them once a minute. If they stay, look at Health: a worker may be missing."
    >
      <Table label="Overdue timers" heads={['Conversation', 'Timer', 'Late']}>
        {overdue.items.map(({ conversation, timer, due_at }) => (
          <tr key={conversation}>
            <th scope="row">
              <OpenLink id={conversation} />
            </th>
            <td>{TIMER[timer]}</td>
            <td>
              <Since at={due_at} />
            </td>
          </tr>
        ))}
      </Table>
      {overdue.n > overdue.items.length && (
        <p class="quiet">And {(overdue.n - overdue.items.length).toLocaleString()} more.</p>
      )}
    </Section>
  );
}

function Due({ parts, within }: { parts: Part[]; within: Within }) {
  const peak = parts.reduce((most, part) => (part.n > most.n ? part : most), { n: 0 } as Part);
  if (peak.n === 0)
    return (
      <p class="quiet">
        No timer is due in this time. Auto-close, auto-archive and timeouts are switched on in Settings.
      </p>
    );
  const label = ({ from }: Part) => (within === 'week' ? `${day(from)} ${hourOf(from)}` : hourOf(from));
  return (
    <>
      <p>
        Most at once: <b>{peak.n.toLocaleString()}</b> from {label(peak)} to {hourOf(peak.to)} (
        {kindsOf(peak)}).
      </p>
      <Bars
        title="How many timers are due when"
        bars={parts.map((part) => ({ label: label(part), n: part.n }))}
      />
      <details>
        <summary>As a table</summary>
        <Table label="Timers by time" heads={['From', 'Due', 'Which']}>
          {parts
            .filter(({ n }) => n > 0)
            .map((part) => (
              <tr key={part.from}>
                <th scope="row">{label(part)}</th>
                <td>{part.n.toLocaleString()}</td>
                <td>{kindsOf(part)}</td>
              </tr>
            ))}
        </Table>
      </details>
    </>
  );
}

const kindsOf = ({ by_timer }: Part) =>
  (Object.entries(by_timer) as [keyof typeof TIMER, number][])
    .filter(([, n]) => n > 0)
    .map(([timer, n]) => `${n.toLocaleString()} ${TIMER[timer]}`)
    .join(', ');

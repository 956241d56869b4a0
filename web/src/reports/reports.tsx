import { useState } from 'preact/hooks';
import { now } from '../model/clock.ts';
import { useReading } from '../model/reading.ts';
import { csvOf, readReport, timeZone, type Asked, type Report } from '../model/report.ts';
import { said } from '../model/session.ts';
import { Bars } from '../parts/bars.tsx';
import { Choice } from '../parts/choice.tsx';
import { Trouble } from '../parts/empty.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { readDefinitions } from './definitions.ts';
import { Counts, lasting, Times } from './figures.tsx';

const EVERY_MS = 300_000;
const RARELY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const BY: [NonNullable<Asked['by']>, string][] = [
  ['day', 'Day'],
  ['agent', 'Agent'],
  ['team', 'Team'],
  ['hour_of_week', 'Hour of the week'],
  ['opened_by', 'What opened it'],
];
const DATED_BY: [NonNullable<Asked['dated_by']>, string][] = [
  ['opened', 'Opened in it'],
  ['closed', 'Closed in it'],
  ['answered', 'First answered in it'],
];
const AGENT_IS: [NonNullable<Asked['agent_is']>, string][] = [
  ['assigned', 'Is assigned'],
  ['replied', 'First replied'],
  ['closed', 'Closed it'],
];

/** Midnight of the day so many days ago, as a date input has it. */
const dateOf = (daysAgo: number) => {
  const day = new Date(now.value - daysAgo * DAY_MS);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
};
const midnight = (date: string) => new Date(`${date}T00:00:00`).getTime();

/** What happened in a time, and what each figure means. */
export function Reports({ inbox }: { inbox: string }) {
  const [days, setDays] = useState({ from: dateOf(27), to: dateOf(0) });
  const [asked, ask] = useState<Required<Pick<Asked, 'by' | 'dated_by' | 'agent_is'>>>({
    ...{ by: 'day', dated_by: 'opened', agent_is: 'assigned' },
  });
  const isUpsideDown = days.to < days.from;
  const query = { ...asked, from: midnight(days.from), to: midnight(days.to) + DAY_MS };
  const definitions = useReading('definitions', RARELY_MS, readDefinitions);
  const { value, error, refresh } = useReading(JSON.stringify([inbox, query]), EVERY_MS, (signal) =>
    isUpsideDown
      ? Promise.reject(new Error('The period ends before it begins.'))
      : readReport(inbox, query, signal),
  );
  const date = (name: 'from' | 'to', label: string) => (
    <label>
      {label}
      <input
        type="date"
        value={days[name]}
        onChange={({ currentTarget: { value: day } }) => day !== '' && setDays({ ...days, [name]: day })}
      />
    </label>
  );
  return (
    <div class="sections scroll" tabIndex={0} role="region" aria-label="Reports">
      <form class="range" aria-label="What to report" onSubmit={(event) => event.preventDefault()}>
        {date('from', 'From')}
        {date('to', 'to the end of')}
        <Choice label="Groups" value={asked.by} options={BY} take={(by) => ask({ ...asked, by })} />
        <Choice
          label="Episodes that were"
          value={asked.dated_by}
          options={DATED_BY}
          take={(dated_by) => ask({ ...asked, dated_by })}
        />
        <Choice
          label="An agent’s if the agent"
          value={asked.agent_is}
          options={AGENT_IS}
          take={(agent_is) => ask({ ...asked, agent_is })}
        />
        <Download inbox={inbox} query={query} />
      </form>
      {error && <Trouble error={error} retry={refresh} />}
      {!value && !error && <p class="loading">Counting …</p>}
      {value?.total.episodes.n === 0 && (
        <p class="quiet">No episode of this time. Choose a longer one, or another date that decides.</p>
      )}
      {value && (
        <>
          <Groups report={value} />
          <Times total={value.total} means={definitions.value ?? new Map<string, string>()} />
          <Counts total={value.total} means={definitions.value ?? new Map<string, string>()} />
        </>
      )}
    </div>
  );
}

/** The key is in a header, so a plain link would not do. */
function Download({ inbox, query }: { inbox: string; query: Asked }) {
  const [error, setError] = useState('');
  const download = async () => {
    setError('');
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await csvOf(inbox, query));
      link.download = `${inbox}-by-${query.by ?? 'all'}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (problem) {
      setError(said(problem));
    }
  };
  return (
    <>
      <button type="button" onClick={() => void download()}>
        As CSV
      </button>
      {error && (
        <span class="error" role="alert">
          {error}
        </span>
      )}
    </>
  );
}

function nameOf({ by }: Report, group: string | null): string {
  if (group === null) return by === 'agent' || by === 'team' ? 'nobody' : 'unknown';
  if (by !== 'hour_of_week') return group;
  return `${WEEKDAYS[Math.floor(Number(group) / 24)]} ${Number(group) % 24}:00`;
}

function Groups({ report }: { report: Report }) {
  const { by, items } = report;
  if (items.length === 0) return null;
  const title = `By ${BY.find(([name]) => name === by)?.[1].toLowerCase() ?? 'group'}`;
  return (
    <Section
      title={title}
      about={by === 'day' || by === 'hour_of_week' ? `In the time of ${timeZone()}.` : undefined}
    >
      {by === 'day' && (
        <Bars
          title="Episodes by day"
          bars={items.map(({ group, episodes }) => ({ label: nameOf(report, group), n: episodes.n }))}
        />
      )}
      <Table
        label={`${title}: rows`}
        heads={[
          { unseen: 'Group' },
          'Episodes',
          'First reply',
          '9 in 10',
          'Resolved in',
          'Still open',
          'Reopens',
          'Returns',
          'Rated',
        ]}
      >
        {items.map((of) => (
          <tr key={of.group}>
            <th scope="row">{nameOf(report, of.group)}</th>
            <td>{of.episodes.n.toLocaleString()}</td>
            <td>{lasting(of.first_reply.median_seconds)}</td>
            <td>{lasting(of.first_reply.p90_seconds)}</td>
            <td>{lasting(of.full_resolution.median_seconds)}</td>
            <td>{of.open_age.n === 0 ? '–' : `${of.open_age.n}, ${lasting(of.open_age.median_seconds)}`}</td>
            <td>{of.episodes.reopens}</td>
            <td>{of.episodes.returned}</td>
            <td>{of.surveys.score.mean === null ? '–' : `${of.surveys.score.mean.toFixed(1)} of 5`}</td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

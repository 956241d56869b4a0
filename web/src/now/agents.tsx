import { duration, now } from '../model/clock.ts';
import { useReading } from '../model/reading.ts';
import { readReport, type Group } from '../model/report.ts';
import { client } from '../model/session.ts';
import { Trouble } from '../parts/empty.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

const EVERY_MS = 30_000;
/** What was decided a moment ago is of this period too. */
const SOON_MS = 60_000;
/** Of as many, how many customers wait for them is asked. */
const MOST = 20;

interface Row {
  agent: string;
  open: number;
  waiting: number;
  first: Group['first_reply'] | null;
  next: Group['next_reply'] | null;
  closed: number;
  score: number | null;
}

/** What each agent has in hand, and has done since midnight. */
export function Agents({ inbox }: { inbox: string }) {
  const { value, error, refresh } = useReading(inbox, EVERY_MS, (signal) => readRows(inbox, signal));
  return (
    <Section
      title="Agents"
      about="Open and waiting: now. All else: since midnight, of the conversations assigned to them."
    >
      {error && <Trouble error={error} retry={refresh} />}
      {value?.rows.length === 0 && (
        <p class="quiet">
          No agent has a conversation. They are here once one is assigned to them (<code>assign</code>), or
          they answer one (<code>agent_reply</code>).
        </p>
      )}
      {value && value.rows.length > 0 && (
        <>
          <Table
            label="Agents’ rows"
            heads={['Agent', 'Open', 'Waiting', 'First reply', 'Later replies', 'Closed', 'Rated']}
          >
            {value.rows.map((row) => (
              <tr key={row.agent}>
                <th scope="row">{row.agent}</th>
                <td>{row.open}</td>
                <td>{row.waiting}</td>
                <td>{took(row.first)}</td>
                <td>{took(row.next)}</td>
                <td>{row.closed}</td>
                <td>{row.score === null ? '–' : `${row.score.toFixed(1)} of 5`}</td>
              </tr>
            ))}
          </Table>
          {value.more > 0 && <p class="quiet">And {value.more} more with fewer open conversations.</p>}
        </>
      )}
    </Section>
  );
}

function took(durations: Group['first_reply'] | null): string {
  if (!durations || durations.median_seconds === null) return '–';
  return `${duration(durations.median_seconds * 1_000)} (median of ${durations.n})`;
}

async function readRows(inbox: string, signal: AbortSignal): Promise<{ rows: Row[]; more: number }> {
  const midnight = new Date(now.value).setHours(0, 0, 0, 0);
  const today = { from: midnight, to: now.value + SOON_MS, by: 'agent' } as const;
  const closed = await readReport(inbox, { ...today, dated_by: 'closed' }, signal);
  const answered = await readReport(inbox, { ...today, dated_by: 'answered' }, signal);
  const first = new Map(answered.items.map((group) => [group.group, group.first_reply]));
  const named = closed.items
    .filter((group): group is Group & { group: string } => group.group !== null)
    .sort((a, b) => b.open_age.n - a.open_age.n || a.group.localeCompare(b.group));
  const rows = named.slice(0, MOST).map(async (group) => ({
    agent: group.group,
    open: group.open_age.n,
    waiting: await waitingFor(inbox, group.group, signal),
    first: first.get(group.group) ?? null,
    next: group.next_reply,
    closed: group.episodes.n,
    score: group.surveys.score.mean,
  }));
  return { rows: await Promise.all(rows), more: Math.max(0, named.length - MOST) };
}

async function waitingFor(inbox: string, agent: string, signal: AbortSignal): Promise<number> {
  const query = { agent, waiting_on: 'agent' } as const;
  const params = { path: { inbox }, query };
  return (await client.value.GET('/v1/inboxes/{inbox}/counts', { params, signal })).total;
}

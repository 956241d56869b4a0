import { useState } from 'preact/hooks';
import type { WhatIfLine } from '../../../clients/typescript/src/index.ts';
import { moment, now } from '../model/clock.ts';
import { client, said } from '../model/session.ts';
import { STATUS } from '../model/words.ts';
import { OpenLink } from '../board/card.tsx';
import { Trouble } from '../parts/empty.tsx';
import { Table } from '../parts/table.tsx';

type Difference = Extract<WhatIfLine, { type: 'difference' }>;
type Summary = Extract<WhatIfLine, { type: 'summary'; of: 'past' }>;

const DAYS = 28;
const DAY_MS = 86_400_000;
const OF_EACH = 5;
const KINDS: Record<Difference['kind'], string> = {
  auto_closed: 'Closed by the service',
  auto_closed_while_waiting: 'Closed while the customer waited',
  auto_archived: 'Archived by the service',
  flow_timed_out: 'Flows that timed out',
  new_after_flow: 'New and unread after a flow',
  survey_sent: 'Surveys sent',
  broadcast_reached: 'Broadcasts that reached somebody',
  broadcast_blocked: 'Broadcasts blocked',
  episode_begun: 'New episodes begun',
  reopened: 'Work that went on in the same episode',
};

interface Found {
  /** from 0 to 1; null: nobody has asked */
  done: number | null;
  examples: Difference[];
  summary: Summary | null;
  error: string;
}

/** The inbox's own last weeks, decided again under the changed settings. */
export function Past({ inbox, patch }: { inbox: string; patch: string }) {
  const [found, setFound] = useState<Found>({ done: null, examples: [], summary: null, error: '' });
  const ask = async () => {
    setFound({ done: 0, examples: [], summary: null, error: '' });
    try {
      const from = new Date(now.value - DAYS * DAY_MS).toISOString();
      const body = { from, settings: JSON.parse(patch) as object, examples: OF_EACH };
      for await (const line of client.value.whatIf(inbox, body)) setFound(taken(line));
    } catch (error) {
      const because = said(error);
      setFound((before) => ({ ...before, error: because }));
    }
  };
  const { done, summary, error } = found;
  if (error) return <Trouble error={error} retry={() => void ask()} />;
  if (done === null)
    return (
      <p>
        <button type="button" onClick={() => void ask()}>
          What would the last {DAYS} days have been?
        </button>
      </p>
    );
  if (!summary)
    return (
      <p>
        <progress aria-label="Deciding again" value={done} max={1} /> Deciding the last {DAYS} days again …
      </p>
    );
  return <Otherwise summary={summary} examples={found.examples} />;
}

/** What is known, with what a line of the answer says. */
function taken(line: WhatIfLine): (before: Found) => Found {
  return (before) => {
    if (line.type === 'progress') return { ...before, done: line.conversations / Math.max(1, line.of) };
    if (line.type === 'difference') return { ...before, examples: [...before.examples, line] };
    if (line.type === 'summary' && line.of === 'past') return { ...before, summary: line };
    return before;
  };
}

function Otherwise({ summary, examples }: { summary: Summary; examples: Difference[] }) {
  const kinds = (Object.entries(summary.kinds) as [Difference['kind'], Summary['kinds'][string]][]).filter(
    ([, { was, would_be, gone, added }]) => was + would_be + gone + added > 0,
  );
  return (
    <>
      <p>
        In the last {DAYS} days <b>{summary.changed.toLocaleString()}</b> of{' '}
        {summary.conversations.toLocaleString()} conversations would have gone otherwise.
      </p>
      {kinds.length > 0 && (
        <Table
          label="What would have been otherwise"
          heads={[{ unseen: 'What' }, 'Was', 'Would have been', 'For example']}
        >
          {kinds.map(([kind, { was, would_be }]) => (
            <tr key={kind}>
              <th scope="row">{KINDS[kind]}</th>
              <td>{was.toLocaleString()}</td>
              <td>{would_be.toLocaleString()}</td>
              <td>
                {examples
                  .filter((one) => one.kind === kind)
                  .map((one) => (
                    <div key={`${one.conversation} ${one.at}`}>
                      <OpenLink id={one.conversation} />{' '}
                      <span class="quiet">
                        {moment(one.at)}: {STATUS[one.was.status]}, would have been{' '}
                        {STATUS[one.would_be.status]}
                      </span>
                    </div>
                  ))}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {summary.limits.map((limit) => (
        <p key={limit} class="quiet">
          {limit}
        </p>
      ))}
    </>
  );
}

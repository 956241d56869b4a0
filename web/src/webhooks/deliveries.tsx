import { useEffect, useState } from 'preact/hooks';
import type { Delivery } from '../../../clients/typescript/src/index.ts';
import { moment } from '../model/clock.ts';
import { useReading } from '../model/reading.ts';
import { client } from '../model/session.ts';
import { Choice } from '../parts/choice.tsx';
import { Trouble } from '../parts/empty.tsx';
import { Table } from '../parts/table.tsx';
import { Until } from '../parts/time.tsx';
import type { Which } from './redelivery.ts';

type State = Delivery['state'];
type Attempt = Delivery['attempts'][number];

const EVERY_MS = 3_000;
const PAGE = 50;
const NAMES: Record<State, string> = { pending: 'Waiting', delivered: 'Delivered', parked: 'Parked' };
const STATES = [['', 'All'], ...(Object.entries(NAMES) as [State, string][])] as const;

/** What an endpoint is told, newest first. @param props.sent goes up when it should be read at once */
export function Deliveries(props: {
  webhook: string;
  sent: number;
  redeliver: (which: Which) => Promise<void>;
}) {
  const { webhook } = props;
  const [state, setState] = useState<State | ''>('');
  const [pages, setPages] = useState(1);
  const of = `${webhook} ${state} ${pages}`;
  const { value, error, refresh } = useReading(of, EVERY_MS, async (signal) => {
    const query = { limit: Math.min(200, PAGE * pages), ...(state !== '' && { state }) };
    const params = { path: { webhook }, query };
    return client.value.GET('/v1/webhooks/{webhook}/deliveries', { params, signal });
  });
  useEffect(refresh, [props.sent]);
  return (
    <>
      <div class="choice">
        <Choice
          label="Deliveries"
          value={state}
          options={STATES}
          take={(one) => {
            setState(one);
            setPages(1);
          }}
        />
      </div>
      {error && <Trouble error={error} retry={refresh} />}
      {value?.items.length === 0 && (
        <p class="quiet">
          None{state === '' ? ' yet: send a test, or let something be decided' : ' of these'}.
        </p>
      )}
      {value && value.items.length > 0 && (
        <>
          <Table
            label="Deliveries"
            heads={['Decided', 'What', 'Conversation', 'State', 'Attempts', { unseen: 'What to do' }]}
          >
            {value.items.map((delivery) => (
              <Row key={delivery.delivery} delivery={delivery} redeliver={props.redeliver} />
            ))}
          </Table>
          {value.next_cursor !== null && pages * PAGE < 200 && (
            <button onClick={() => setPages(pages + 1)}>Older</button>
          )}
        </>
      )}
    </>
  );
}

function Row({ delivery, redeliver }: { delivery: Delivery; redeliver: (which: Which) => Promise<void> }) {
  const { attempts, state, next_attempt_at } = delivery;
  return (
    <tr>
      <td>{moment(delivery.created_at)}</td>
      <th scope="row">{delivery.type}</th>
      <td>{delivery.conversation === null ? '–' : `${delivery.inbox ?? ''}/${delivery.conversation}`}</td>
      <td>
        <span class={state === 'parked' ? 'chip warn' : 'chip'}>{NAMES[state]}</span>
        {state === 'pending' && (
          <div class="quiet">
            {next_attempt_at === null ? (
              'behind another of its conversation'
            ) : (
              <>
                next try in <Until at={next_attempt_at} />
              </>
            )}
          </div>
        )}
      </td>
      <td>
        <Attempts attempts={attempts} isParked={state === 'parked'} />
      </td>
      <td>
        {state !== 'pending' && (
          <button class="small" onClick={() => void redeliver({ deliveries: [delivery.delivery] })}>
            Deliver again
          </button>
        )}
      </td>
    </tr>
  );
}

/** The last one in a line; all of them on demand. */
function Attempts({ attempts, isParked }: { attempts: Attempt[]; isParked: boolean }) {
  const last = attempts.at(-1);
  if (!last) return <span class="quiet">none yet</span>;
  return (
    <details>
      <summary>
        {isParked && 'Given up: '}
        {came(last)} <span class="quiet">({attempts.length})</span>
      </summary>
      <ol class="attempts">
        {attempts.map((attempt) => (
          <li key={attempt.at}>
            <span class="quiet">{moment(attempt.at)}</span> {came(attempt)}
            {attempt.answer && <pre tabIndex={0}>{attempt.answer}</pre>}
          </li>
        ))}
      </ol>
    </details>
  );
}

const came = ({ status, error, milliseconds }: Attempt) =>
  `${status ?? error ?? 'no answer'} in ${milliseconds} ms`;

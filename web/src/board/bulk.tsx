import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { BulkQuestion } from '../../../clients/typescript/src/index.ts';
import { ACTIONS, eventOf, type Values } from '../model/actions.ts';
import { abort, countOf, filterOf, isActingOnAll, read, start, ticked, type Job } from '../model/bulk.ts';
import { route } from '../model/route.ts';
import { actAs, agent, said } from '../model/session.ts';
import { why } from '../model/words.ts';
import { FieldInput } from '../conversation/action-form.tsx';
import { OpenLink } from './card.tsx';

const LOOK_EVERY_MS = 1_000;

/** One action for all conversations that match the filters: counted first, then a job that goes on by itself. */
export function ActOnAll({ inbox }: { inbox: string }) {
  useEffect(() => void (ticked.value = new Set()), [inbox]); // they are of one inbox
  return isActingOnAll.value ? <Open inbox={inbox} /> : null;
}

function Open({ inbox }: { inbox: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [job, setJob] = useState('');
  const [error, setError] = useState('');
  useLayoutEffect(() => dialog.current?.showModal(), []); // before the next key
  const begin = (body: BulkQuestion) => {
    setError('');
    void start(inbox, body).then(setJob, (failed: unknown) => setError(said(failed)));
  };
  return (
    <dialog ref={dialog} aria-label="Act on all that match" onClose={() => (isActingOnAll.value = false)}>
      {job === '' ? (
        <Choose inbox={inbox} begin={begin} />
      ) : (
        <Progress key={job} inbox={inbox} job={job} retry={() => begin({ retry: job })} />
      )}
      {error !== '' && <p role="alert">{error}</p>}
    </dialog>
  );
}

function Choose({ inbox, begin }: { inbox: string; begin: (body: BulkQuestion) => void }) {
  const { filters } = route.value;
  const [name, setName] = useState('Close');
  const [values, setValues] = useState<Values>({ agent: agent.value, until: '60' });
  const [count, setCount] = useState<number | string | null>(null);
  const named = [...ticked.value];
  useEffect(() => {
    if (named.length > 0) setCount(named.length);
    else void countOf(inbox, filters).then(setCount, (failed: unknown) => setCount(said(failed)));
  }, [inbox]);
  const action = ACTIONS.find((one) => one.name === name) ?? ACTIONS[0];
  if (!action) return null;
  const submit = (submitted: SubmitEvent) => {
    submitted.preventDefault();
    if (values.agent) actAs(values.agent);
    const { id: _, ...event } = eventOf(action, values, agent.value);
    begin({
      event,
      ...(named.length > 0 ? { conversations: named } : { filter: filterOf(filters) }),
    });
    ticked.value = new Set();
  };
  return (
    <form onSubmit={submit}>
      <h2>{named.length > 0 ? 'Act on the selected' : 'Act on all that match'}</h2>
      <p aria-live="polite">
        {typeof count === 'number'
          ? named.length > 0
            ? `${count.toLocaleString()} conversations are selected.`
            : `${count.toLocaleString()} conversations match these filters now. Which ones is settled when you start.`
          : (count ?? 'Counting …')}
      </p>
      <label>
        Action
        <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
          {ACTIONS.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </select>
      </label>
      {action.fields.map((field) => (
        <FieldInput
          key={field}
          field={field}
          value={values[field] ?? ''}
          take={(value) => setValues({ ...values, [field]: value })}
        />
      ))}
      <div class="buttons">
        <button type="button" onClick={() => (isActingOnAll.value = false)}>
          Cancel
        </button>
        <button class="primary" disabled={typeof count !== 'number' || count === 0}>
          {name}: {typeof count === 'number' ? count.toLocaleString() : '…'}
        </button>
      </div>
    </form>
  );
}

function Progress({ inbox, job, retry }: { inbox: string; job: string; retry: () => void }) {
  const [found, setFound] = useState<Job | null>(null);
  const [trouble, setTrouble] = useState('');
  const isOver = found !== null && found.ended_at !== null;
  useEffect(() => {
    if (isOver) return;
    const look = () =>
      void read(inbox, job).then(
        (is) => {
          setFound(is);
          setTrouble('');
        },
        (failed: unknown) => setTrouble(said(failed)),
      );
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [inbox, job, isOver]);
  if (!found) return <p>{trouble || 'Starting …'}</p>;
  const { applied = 0, ignored = 0, refused = 0, left = 0 } = found.results;
  return (
    <section>
      <h2>
        {found.event.type}: {found.state}
      </h2>
      <progress aria-label="Decided" value={found.count - left} max={Math.max(1, found.count)} />
      <p aria-live="polite">
        {applied.toLocaleString()} applied, {ignored.toLocaleString()} changed nothing,{' '}
        {refused.toLocaleString()} refused, {left.toLocaleString()} {isOver ? 'not sent' : 'to go'}.
      </p>
      {trouble !== '' && <p role="alert">{trouble}</p>}
      {found.items.length > 0 && (
        <ul aria-label="Refused" onClick={() => (isActingOnAll.value = false)}>
          {found.items.map((item) => (
            <li key={item.conversation}>
              <OpenLink id={item.conversation} /> {why({ rule: item.rule ?? undefined })}
            </li>
          ))}
        </ul>
      )}
      <div class="buttons">
        {!isOver && <button onClick={() => void abort(inbox, job)}>Stop</button>}
        {isOver && refused > 0 && <button onClick={retry}>Try the refused again</button>}
        <button class="primary" onClick={() => (isActingOnAll.value = false)}>
          {isOver ? 'Done' : 'Close; it goes on'}
        </button>
      </div>
    </section>
  );
}

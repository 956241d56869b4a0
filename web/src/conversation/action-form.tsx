import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { act, chosen, eventOf, type Action, type Field, type Values } from '../model/actions.ts';
import type { InboxView } from '../model/inbox.ts';
import { curlLine, temporalLine } from '../model/lines.ts';
import { actAs, agent } from '../model/session.ts';
import { Copy } from '../parts/copy.tsx';

const LABELS: Record<Field, string> = {
  agent: 'In whose name',
  reason: 'Reason (may be empty)',
  skip_survey: 'Without a survey',
  team: 'Team (empty: none)',
  assignee: 'Agent (empty: nobody)',
  tags: 'Tags, separated by commas',
  until: 'For how long',
};
const SPANS: [minutes: string, label: string][] = [
  ['15', '15 minutes'],
  ['60', 'An hour'],
  ['240', '4 hours'],
  ['1440', 'A day'],
  ['10080', 'A week'],
];

export function ActionForm({ view }: { view: InboxView }) {
  const shown = chosen.value;
  return shown && <Form key={`${shown.action.name} ${shown.id}`} view={view} {...shown} />;
}

function Form({ view, action, id }: { view: InboxView; action: Action; id: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const c = view.store.get(id);
  const [values, setValues] = useState<Values>({
    agent: agent.value,
    assignee: c?.assignee.agent ?? '',
    team: c?.assignee.team ?? '',
    until: '60',
  });
  const [by, setBy] = useState(agent.value);
  useLayoutEffect(() => dialog.current?.showModal(), []); // before the next key
  const isNamed = action.fields.includes('agent');
  const event = eventOf(action, values, by);
  const submit = (submitted: SubmitEvent) => {
    submitted.preventDefault();
    const name = (isNamed ? values.agent : by) ?? '';
    if (name !== '') actAs(name);
    chosen.value = null;
    void act(view, id, action, values, by);
  };
  return (
    <dialog ref={dialog} aria-label={action.name} onClose={() => (chosen.value = null)}>
      <form onSubmit={submit}>
        <h2>
          {action.name}: {id}
        </h2>
        {action.fields.map((field) => (
          <FieldInput
            key={field}
            field={field}
            value={values[field] ?? ''}
            take={(value) => setValues({ ...values, [field]: value })}
          />
        ))}
        {!isNamed && (
          <label>
            In whose name (may be empty)
            <input value={by} maxLength={128} onInput={(input) => setBy(input.currentTarget.value)} />
          </label>
        )}
        <div class="buttons">
          <button type="button" onClick={() => (chosen.value = null)}>
            Cancel
          </button>
          <button class="primary">{action.name}</button>
        </div>
        <details>
          <summary>The same by hand</summary>
          <Copy label="HTTP" text={curlLine(view.inbox, id, event)} />
          <Copy label="Temporal" text={temporalLine(view.inbox, id, event)} />
        </details>
      </form>
    </dialog>
  );
}

export function FieldInput({
  field,
  value,
  take,
}: {
  field: Field;
  value: string;
  take: (value: string) => void;
}) {
  if (field === 'skip_survey')
    return (
      <label class="check">
        <input
          type="checkbox"
          checked={value === 'true'}
          onChange={(event) => take(String(event.currentTarget.checked))}
        />{' '}
        {LABELS[field]}
      </label>
    );
  return (
    <label>
      {LABELS[field]}
      {field === 'until' ? (
        <select value={value} onChange={(event) => take(event.currentTarget.value)}>
          {SPANS.map(([minutes, label]) => (
            <option key={minutes} value={minutes}>
              {label}
            </option>
          ))}
        </select>
      ) : (
        <input
          value={value}
          required={field === 'agent' || field === 'tags'}
          maxLength={field === 'reason' ? 1_000 : 128}
          onInput={(event) => take(event.currentTarget.value)}
        />
      )}
    </label>
  );
}

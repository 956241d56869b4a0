import { useState } from 'preact/hooks';
import { said, type Field } from './schema.ts';

interface Props {
  field: Field;
  value: unknown;
  isChanged: boolean;
  take: (value: unknown) => void;
}

/** One setting: what it is, what it does, and what it is set to. */
export function SettingField(props: Props) {
  const { field, isChanged } = props;
  const id = `setting-${field.name}`;
  return (
    <div class={isChanged ? 'setting changed' : 'setting'}>
      <div>
        <label for={id}>{field.title}</label> {isChanged && <span class="chip">changed</span>}
        <p class="quiet" id={`${id}-about`}>
          {field.about} <code>{field.name}</code>
        </p>
      </div>
      <Input {...props} id={id} />
    </div>
  );
}

function Input({ field, value, take, id }: Props & { id: string }) {
  const known = { id, 'aria-describedby': `${id}-about` };
  if (field.kind === 'flag')
    return (
      <input
        {...known}
        type="checkbox"
        checked={value === true}
        onChange={(event) => take(event.currentTarget.checked)}
      />
    );
  if (field.kind === 'choice')
    return (
      <select {...known} value={String(value)} onChange={(event) => take(event.currentTarget.value)}>
        {field.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  if (field.kind === 'names') return <Names {...known} value={value as string[]} take={take} />;
  return <Span {...known} field={field} value={value as number | null} take={take} />;
}

/**
 * What is typed, as long as it means what the setting is: `spam, ` and `1.` are on the way to something, and must not be changed under
 * somebody's fingers.
 */
function useTyped(shown: string, isSame: (typed: string) => boolean): [string, (typed: string) => void] {
  const [typed, type] = useState(shown);
  return [isSame(typed) ? typed : shown, type];
}

function Names({
  value,
  take,
  ...known
}: {
  id: string;
  'aria-describedby': string;
  value: string[];
  take: (value: string[]) => void;
}) {
  const shown = value.join(', ');
  const [text, type] = useTyped(shown, (typed) => namesIn(typed).join(', ') === shown);
  return (
    <input
      {...known}
      value={text}
      placeholder="names, with commas between"
      onInput={({ currentTarget: { value: typed } }) => {
        type(typed);
        take(namesIn(typed));
      }}
    />
  );
}

const namesIn = (list: string) => [
  ...new Set(
    list
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  ),
];

const UNITS: [name: string, seconds: number][] = [
  ['days', 86_400],
  ['hours', 3_600],
  ['minutes', 60],
  ['seconds', 1],
];

/** The greatest unit that it is a whole number of. */
const unitOf = (seconds: number) =>
  UNITS.find(([, size]) => seconds > 0 && seconds % size === 0)?.[0] ?? 'hours';
const sizeOf = (unit: string) => UNITS.find(([name]) => name === unit)?.[1] ?? 1;

interface SpanProps {
  id: string;
  'aria-describedby': string;
  field: Field;
  /** in seconds; null: off */
  value: number | null;
  take: (value: number | null) => void;
}

function Span({ field, value, take, ...known }: SpanProps) {
  const usual = typeof field.usual === 'number' ? field.usual : 3_600;
  const [unit, setUnit] = useState(unitOf(value ?? usual));
  const size = sizeOf(unit);
  const shown = value === null ? '' : String(value / size);
  const [text, type] = useTyped(
    shown,
    (typed) => value !== null && Math.round(Number(typed) * size) === value,
  );
  return (
    <div class="span">
      <input
        {...known}
        type="number"
        step="any"
        min={field.least / size}
        max={field.most / size}
        disabled={value === null}
        value={text}
        onInput={({ currentTarget: { value: typed, valueAsNumber: n } }) => {
          type(typed);
          if (!Number.isNaN(n)) take(Math.round(n * size));
        }}
      />
      <select
        aria-label={`${field.title}: unit`}
        disabled={value === null}
        value={unit}
        onChange={(event) => setUnit(event.currentTarget.value)}
      >
        {UNITS.map(([name]) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <label>
        <input
          type="checkbox"
          aria-label={`${field.title}: off`}
          checked={value === null}
          onChange={(event) => take(event.currentTarget.checked ? null : usual || Math.max(1, field.least))}
        />{' '}
        off
      </label>
    </div>
  );
}

/** As the form shows it. */
export function shown(field: Field, value: unknown): string {
  if (field.kind !== 'span' || typeof value !== 'number') return said(value);
  const unit = value === 0 ? 'seconds' : unitOf(value);
  const n = value / sizeOf(unit);
  return `${n} ${n === 1 ? unit.slice(0, -1) : unit}`;
}

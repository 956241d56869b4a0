import { duration } from '../model/clock.ts';
import type { Report } from '../model/report.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { titleOf } from './definitions.ts';

export type Figures = Report['total'];
type Durations = Figures['first_reply'];

export const lasting = (seconds: number | null) => (seconds === null ? '–' : duration(seconds * 1_000));

function isDurations(value: unknown): value is Durations {
  return typeof value === 'object' && value !== null && 'distribution' in value;
}

/** What took time, with the name of each. */
function durationsIn(total: Figures): [name: string, Durations][] {
  return Object.entries({ ...total, ...prefixed('in_status', total.in_status) }).filter(
    (entry): entry is [string, Durations] => isDurations(entry[1]),
  );
}

const prefixed = (prefix: string, parts: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [`${prefix}.${name}`, value]));

/** Every count below, with its name; a rate in percent. */
function countsIn(prefix: string, value: unknown): [name: string, shown: string][] {
  if (value === null) return [[prefix, '–']];
  if (typeof value === 'number')
    return [[prefix, prefix.endsWith('_rate') ? `${(value * 100).toFixed(1)} %` : value.toLocaleString()]];
  return Object.entries(value as object).flatMap(([name, part]) => countsIn(`${prefix}.${name}`, part));
}

const COUNTED = ['episodes', 'waits', 'surveys', 'flows', 'broadcasts'] as const;

export function Times({ total, means }: { total: Figures; means: Map<string, string> }) {
  return (
    <Section
      title="Times"
      about="The median: half took no longer. The 90th percentile: nine in ten took no longer."
    >
      <Table
        label="How long it took"
        heads={[{ unseen: 'What' }, 'Cases', 'Median', '90th percentile', 'Mean', 'Distribution']}
      >
        {durationsIn(total).map(([name, took]) => (
          <tr key={name}>
            <th scope="row">
              {titleOf(name)}
              <p class="quiet means">{means.get(name)}</p>
            </th>
            <td>{took.n.toLocaleString()}</td>
            <td>{lasting(took.median_seconds)}</td>
            <td>{lasting(took.p90_seconds)}</td>
            <td>{lasting(took.mean_seconds)}</td>
            <td>
              <Distribution took={took} />
            </td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

/** Small bars; what they stand for is said in words. */
function Distribution({ took }: { took: Durations }) {
  if (took.n === 0) return <span class="quiet">–</span>;
  const most = Math.max(...took.distribution.map(({ n }) => n));
  const says = took.distribution
    .filter(({ n }) => n > 0)
    .map(
      ({ under_seconds, n }) =>
        `${n} ${under_seconds === null ? 'longer' : `under ${lasting(under_seconds)}`}`,
    )
    .join(', ');
  return (
    <span class="small-bars" title={says}>
      <span class="hidden">{says}</span>
      {took.distribution.map(({ under_seconds, n }) => (
        <span key={under_seconds} aria-hidden="true" style={{ height: `${(n / most) * 100}%` }} />
      ))}
    </span>
  );
}

export function Counts({ total, means }: { total: Figures; means: Map<string, string> }) {
  return (
    <>
      {COUNTED.map((part) => (
        <Section key={part} title={titleOf(part)} about={means.get(part)}>
          <dl class="figures">
            {countsIn(part, total[part]).map(([name, shown]) => (
              <div key={name}>
                <dt>{titleOf(name.slice(part.length + 1))}</dt>
                <dd>
                  <b>{shown}</b> <span class="quiet">{means.get(name)}</span>
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      ))}
    </>
  );
}

import { useState } from 'preact/hooks';
import { now } from '../model/clock.ts';
import { useReading } from '../model/reading.ts';
import { readReport, timeZone, type Report } from '../model/report.ts';
import { Trouble } from '../parts/empty.tsx';
import { Section } from '../parts/section.tsx';

const EVERY_MS = 300_000;
const DAY_MS = 86_400_000;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEKS = [1, 4, 12];
const LEVELS = 5;

/** When customers come, and when their conversations are closed. */
export function Week({ inbox }: { inbox: string }) {
  const [weeks, setWeeks] = useState(4);
  const { value, error, refresh } = useReading(`${inbox} ${weeks}`, EVERY_MS, async (signal) => {
    const to = now.value;
    const period = { from: to - weeks * 7 * DAY_MS, to, by: 'hour_of_week' } as const;
    const arrivals = await readReport(inbox, { ...period, dated_by: 'opened' }, signal);
    const closes = await readReport(inbox, { ...period, dated_by: 'closed' }, signal);
    return { arrivals: byHour(arrivals), closes: byHour(closes) };
  });
  return (
    <Section title="Hours of the week" about={`In the time of ${timeZone()}.`}>
      <label class="choice">
        The last{' '}
        <select value={weeks} onChange={(event) => setWeeks(Number(event.currentTarget.value))}>
          {WEEKS.map((n) => (
            <option key={n} value={n}>
              {n === 1 ? 'week' : `${n} weeks`}
            </option>
          ))}
        </select>
      </label>
      {error && <Trouble error={error} retry={refresh} />}
      {!value && !error && <p class="loading">Counting …</p>}
      {value && (
        <>
          <HeatMap title="Arrivals" counts={value.arrivals} />
          <HeatMap title="Closes" counts={value.closes} />
        </>
      )}
    </Section>
  );
}

/** From Monday, 0:00. */
function byHour({ items }: Report): number[] {
  const counts = Array.from({ length: 168 }, () => 0);
  for (const { group, episodes } of items) counts[Number(group)] = episodes.n;
  return counts;
}

function HeatMap({ title, counts }: { title: string; counts: number[] }) {
  const most = Math.max(...counts);
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return <p class="quiet">{title}: none in this time. Choose a longer one.</p>;
  const busiest = counts.indexOf(most);
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={`${title} by hour of the week`}>
      <table class="heat">
        <caption>
          <b>{title}</b> {total.toLocaleString()}; most of them, {most.toLocaleString()}, on{' '}
          {DAYS[Math.floor(busiest / 24)]} from {busiest % 24}:00
        </caption>
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DAYS.map((day, d) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              {HOURS.map((hour) => {
                const n = counts[d * 24 + hour] ?? 0;
                return (
                  <td key={hour} class={`heat-${Math.ceil((n / most) * LEVELS)}`}>
                    {n}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

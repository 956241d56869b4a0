/** How many of something there are in each part of a stretch of time. The tallest is as high as the chart. */
export interface Bar {
  /** what the part is, in words: `14:00` */
  label: string;
  n: number;
}

export function Bars({ title, bars }: { title: string; bars: Bar[] }) {
  const most = Math.max(1, ...bars.map(({ n }) => n));
  const every = Math.ceil(bars.length / 8);
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={title}>
      <ol class="bars">
        {bars.map(({ label, n }, i) => (
          <li key={label} title={`${label}: ${n.toLocaleString()}`}>
            <span class="hidden">
              {label}: {n.toLocaleString()}
            </span>
            <span class="bar-space" aria-hidden="true">
              <span class="bar-filled" style={{ height: `${(n / most) * 100}%` }} />
            </span>
            <span class="bar-label" aria-hidden="true">
              {i % every === 0 ? label : ''}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

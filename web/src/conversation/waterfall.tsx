import type { TimelineEntry } from '../../../clients/typescript/src/index.ts';
import { duration, moment, now } from '../model/clock.ts';
import { STATUS, STATUSES } from '../model/words.ts';
import { StatusMark } from '../parts/status.tsx';
import { causeOf, sentence } from './story.ts';
import { statusesOf, waitsOf, type Stretch } from './stretches.ts';

/** Its life from left to right: statuses as bars, the customer's waits, and what happened. */
export function Waterfall({ timeline, isWhole }: { timeline: readonly TimelineEntry[]; isWhole: boolean }) {
  const entries = [...timeline].reverse();
  const first = entries[0];
  if (!first) return null;
  const begin = Date.parse(first.at);
  const end = Math.max(now.value, begin + 1_000);
  const scale = new Scale(begin, end);
  const statuses = statusesOf(entries, end);
  const waits = waitsOf(entries, end);
  const waited = waits.reduce((sum, wait) => sum + wait.to - wait.from, 0);
  return (
    <figure class="waterfall">
      <figcaption class="hidden">
        {`From ${moment(first.at)} until now: ${statuses.map((s) => `${STATUS[s.status]} for ${duration(s.to - s.from)}`).join(', then ')}. The customer waited ${duration(waited)} in all.`}
      </figcaption>
      <div class="lanes" aria-hidden="true">
        {STATUSES.filter((status) => statuses.some((s) => s.status === status)).map((status) => (
          <div key={status} class="lane">
            <span class="name">
              <StatusMark status={status} /> {STATUS[status]}
            </span>
            <span class="track">
              {statuses
                .filter((s) => s.status === status)
                .map((s) => (
                  <Bar key={s.from} kind={status} stretch={s} scale={scale} />
                ))}
            </span>
          </div>
        ))}
        <div class="lane">
          <span class="name">Customer waits</span>
          <span class="track">
            {waits.map((wait) => (
              <Bar key={wait.from} kind="wait" stretch={wait} scale={scale} />
            ))}
          </span>
        </div>
        <div class="lane">
          <span class="name">Events</span>
          <span class="track">
            {entries.map((entry) => (
              <i
                key={entry.seq}
                class={`tick ${causeOf(entry)} ${entry.verdict}`}
                style={{ left: scale.at(Date.parse(entry.at)) }}
                title={`${moment(entry.at)}: ${sentence(entry)}`}
              />
            ))}
          </span>
        </div>
        <div class="lane axis">
          <span class="name">{isWhole ? '' : 'older is not loaded'}</span>
          <span class="track">
            <span>{moment(first.at)}</span>
            <span>now</span>
          </span>
        </div>
      </div>
    </figure>
  );
}

class Scale {
  constructor(
    private readonly begin: number,
    private readonly end: number,
  ) {}

  at(moment: number): string {
    const part = (moment - this.begin) / (this.end - this.begin);
    return `${(Math.min(1, Math.max(0, part)) * 100).toFixed(3)}%`;
  }

  width({ from, to }: Stretch): string {
    return `${((Math.max(0, to - Math.max(from, this.begin)) / (this.end - this.begin)) * 100).toFixed(3)}%`;
  }
}

function Bar({ kind, stretch, scale }: { kind: string; stretch: Stretch; scale: Scale }) {
  return (
    <i
      class={`bar ${kind}`}
      style={{ left: scale.at(stretch.from), width: scale.width(stretch) }}
      title={duration(stretch.to - stretch.from)}
    />
  );
}

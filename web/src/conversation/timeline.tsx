import type { TimelineEntry } from '../../../clients/typescript/src/index.ts';
import { day, moment, timeOfDay } from '../model/clock.ts';
import { why } from '../model/words.ts';
import { StatusName } from '../parts/status.tsx';
import { causeOf, sentence } from './story.ts';

/** What happened, newest first, in words. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <ol class="story" reversed>
      {entries.map((entry, i) => {
        const today = day(entry.at);
        const before = entries[i - 1];
        return (
          <li key={entry.seq} class={`${entry.verdict} ${causeOf(entry)}`} value={entry.seq}>
            {(!before || day(before.at) !== today) && <p class="day">{today}</p>}
            <time dateTime={entry.at} title={moment(entry.at)}>
              {timeOfDay(entry.at)}
            </time>
            <div>
              <p>
                {sentence(entry)}
                {entry.verdict === 'refused' && <b class="verdict"> was refused</b>}
                {entry.verdict === 'ignored' && <span class="quiet verdict"> · changed nothing</span>}
              </p>
              {entry.from !== entry.to && (
                <p class="change">
                  <StatusName status={entry.from} /> <span aria-label="to">→</span>{' '}
                  <StatusName status={entry.to} />
                </p>
              )}
              {entry.verdict !== 'applied' && (
                <p class="quiet">
                  because {why(entry)} <code>{entry.rule ?? entry.reason}</code>
                </p>
              )}
              <details>
                <summary>
                  #{entry.seq} <code>{entry.type}</code>
                </summary>
                <pre tabIndex={0}>{JSON.stringify(entry, null, 2)}</pre>
              </details>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

import type { ComponentChildren } from 'preact';
import type { Conversation, Episode } from '../../../clients/typescript/src/index.ts';
import { duration, moment, now } from '../model/clock.ts';
import { OPENED_BY, TIMER_DOES, WAITING_ON } from '../model/words.ts';
import { assigneeOf } from '../board/marks.tsx';
import { Since, Until } from '../parts/time.tsx';

/** What will happen by itself, when and why. */
export function Next({ c }: { c: Conversation }) {
  return (
    <section class="what-next">
      <h3>What happens next</h3>
      <p>
        {c.next === null ? (
          'Nothing by itself: no timer runs.'
        ) : (
          <>
            In{' '}
            <b>
              <Until at={c.next.due_at} />
            </b>
            , at {moment(c.next.due_at)}, {TIMER_DOES[c.next.timer]}
            {reasonOf(c)}.
          </>
        )}{' '}
        It waits for {WAITING_ON[c.waiting_on]}
        {c.waiting_since !== null && (
          <>
            : the customer has waited <Since at={c.waiting_since} />
          </>
        )}
        .
      </p>
    </section>
  );
}

/** From which moment the timer counts. */
function reasonOf(c: Conversation): string {
  const counts = (from: string | null | undefined, what: string) =>
    from ? `: ${duration(Date.parse(c.next?.due_at ?? from) - Date.parse(from))} after ${what}` : '';
  switch (c.next?.timer) {
    case 'csat_timeout':
      return counts(c.survey?.asked_at, 'the survey went out');
    case 'auto_archive':
      return counts(c.closed_at, 'it was closed');
    case 'flow_timeout':
      return counts(c.flow?.last_activity_at, 'the flow’s last sign of life');
    case 'auto_close':
    case 'snooze':
    case undefined:
      return '';
  }
}

export function Facts({ c }: { c: Conversation }) {
  const survey = c.survey;
  return (
    <dl class="facts">
      <Fact name="Assignee">{assigneeOf(c)}</Fact>
      <Fact name="Episode">
        {c.episode}
        {c.opened_by !== null && `, begun by ${OPENED_BY[c.opened_by]}`}
      </Fact>
      {c.first_reply_at !== null && <Fact name="First reply">{moment(c.first_reply_at)}</Fact>}
      {c.window_closes_at !== null && (
        <Fact name="Customer window">
          {Date.parse(c.window_closes_at) > now.value ? 'closes' : 'closed'} {moment(c.window_closes_at)}
        </Fact>
      )}
      {c.snoozed_until !== null && <Fact name="Snoozed until">{moment(c.snoozed_until)}</Fact>}
      {c.flow && (
        <Fact name="Flow">
          {c.flow.flow}, since {moment(c.flow.started_at)} ({c.flow.source}
          {c.flow.interrupted !== null && `, interrupted ${c.flow.interrupted}`})
        </Fact>
      )}
      {survey && (
        <Fact name="Survey">
          {survey.state}
          {survey.score !== null && `: ${survey.score} of 5`}
          {survey.failure !== null && `: ${survey.failure}`}
          {survey.agent !== null && `, rates ${survey.agent}`}
          {survey.comment !== null && `, “${survey.comment}”`}
        </Fact>
      )}
      {c.close && (
        <Fact name="Closed by">
          {c.close.agent ?? c.close.by}
          {c.close.reason !== null && `: “${c.close.reason}”`}
        </Fact>
      )}
      <Fact name="Version">{c.version}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Episodes({ episodes }: { episodes: readonly Episode[] }) {
  if (episodes.length === 0) return null;
  return (
    <section>
      <h3>Episodes</h3>
      <ul class="episodes">
        {episodes.map((e) => (
          <li key={e.episode}>
            <b>{e.episode}</b> {moment(e.started_at)} – {e.closed_at === null ? 'now' : moment(e.closed_at)}
            {e.opened_by !== null && <span class="quiet"> begun by {OPENED_BY[e.opened_by]}</span>}
            {e.agents.length > 0 && <span class="quiet"> · {e.agents.join(', ')}</span>}
            {e.survey?.score !== null && e.survey && <span> · rated {e.survey.score}/5</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

import type { paths } from '../../../clients/typescript/src/index.ts';
import { temporalHome } from '../model/lines.ts';
import { useReading } from '../model/reading.ts';
import { addressOf, go, route, type View } from '../model/route.ts';
import { client } from '../model/session.ts';
import { Copy } from '../parts/copy.tsx';
import { Trouble } from '../parts/empty.tsx';
import { Section } from '../parts/section.tsx';

type Answer = paths['/v1/health']['get']['responses'][200]['content']['application/json'];
type Finding = Answer['findings'][number];

const EVERY_MS = 5_000;
const NAMES: Record<Finding['part'], string> = {
  temporal: 'Temporal',
  worker: 'Workers',
  postgres: 'PostgreSQL',
  writes: 'Writing of decisions',
  tasks: 'Tasks that wait',
  timers: 'Timers',
  conversations: 'Stuck conversations',
  signals: 'Dropped signals',
  outbox: 'Outbox',
  webhooks: 'Webhooks',
};
/** A shape for each, so that a state is never told by its colour alone. */
const MARKS: Record<Finding['state'], string> = { ok: '✓', warning: '!', wrong: '✕', unknown: '?' };
const WORDS: Record<Finding['state'], string> = {
  ok: 'All right',
  warning: 'Look at it',
  wrong: 'Wrong',
  unknown: 'Unknown',
};

/** How the service is, part by part, and what helps. */
export function Health() {
  const { value, error, refresh } = useReading('health', EVERY_MS, (signal) =>
    client.value.GET('/v1/health', { params: {}, signal }),
  );
  const bad = value?.findings.filter(({ state }) => state === 'wrong' || state === 'warning') ?? [];
  return (
    <div class="sections scroll" tabIndex={0} role="region" aria-label="Health">
      {error && <Trouble error={error} retry={refresh} />}
      {!value && !error && <p class="loading">Looking at every part …</p>}
      {value && (
        <Section
          title={
            bad.length === 0 ? 'All is well' : `${bad.length} of ${value.findings.length} parts need somebody`
          }
        >
          <ul class="findings">
            {value.findings.map((finding) => (
              <Part key={finding.part} {...finding} />
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

function Part({ part, state, says, fix, command, see }: Finding) {
  return (
    <li class={`finding ${state}`}>
      <h3>
        <span class="state" aria-hidden="true">
          {MARKS[state]}
        </span>{' '}
        {NAMES[part]} <span class="quiet">{WORDS[state]}</span>
      </h3>
      <p>
        {says} {see !== null && <See view={see} />}
      </p>
      {fix !== null && (
        <p>
          <b>What helps:</b> {fix}
        </p>
      )}
      {command !== null && <Copy label="Type where the service runs" text={command} />}
    </li>
  );
}

function See({ view }: { view: NonNullable<Finding['see']> }) {
  if (view === 'temporal') {
    const home = temporalHome();
    if (home === null) return null;
    return (
      <a href={home} target="_blank" rel="noopener noreferrer">
        Temporal’s UI
      </a>
    );
  }
  return <ViewLink view={view}>{view === 'timers' ? 'See the timers' : 'See the endpoints'}</ViewLink>;
}

function ViewLink({ view, children }: { view: View; children: string }) {
  return (
    <a
      href={addressOf({ ...route.value, view })}
      onClick={(event) => {
        event.preventDefault();
        go({ view });
      }}
    >
      {children}
    </a>
  );
}

import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { countdown, duration, moment, now } from '../model/clock.ts';

/** How long ago. */
export function Since({ at }: { at: string }) {
  return <Ticking at={at} say={sinceThen} />;
}

/** How long until the server's deadline; `due` where it has passed and the service has not told yet. */
export function Until({ at }: { at: string }) {
  return <Ticking at={at} say={untilThen} />;
}

const sinceThen = (at: number) => duration(now.value - at);
const untilThen = (at: number) => (at <= now.value ? 'due' : countdown(at - now.value));

/** A second that changes nothing to be read costs nothing: there are some hundreds of these on the board. */
function Ticking({ at, say }: { at: string; say: (at: number) => string }) {
  const text = useMemo(() => computed(() => say(Date.parse(at))), [at, say]);
  const title = useMemo(() => moment(at), [at]);
  return (
    <time dateTime={at} title={title}>
      {text}
    </time>
  );
}

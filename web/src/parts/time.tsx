import { countdown, duration, moment, now } from '../model/clock.ts';

/** How long ago. */
export function Since({ at }: { at: string }) {
  return (
    <time dateTime={at} title={moment(at)}>
      {duration(now.value - Date.parse(at))}
    </time>
  );
}

/** How long until the server's deadline; `due` where it has passed and the service has not told yet. */
export function Until({ at }: { at: string }) {
  const left = Date.parse(at) - now.value;
  return (
    <time dateTime={at} title={moment(at)}>
      {left <= 0 ? 'due' : countdown(left)}
    </time>
  );
}

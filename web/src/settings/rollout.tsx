import type { Inbox } from '../../../clients/typescript/src/index.ts';
import { useState } from 'preact/hooks';
import { useReading } from '../model/reading.ts';
import { client } from '../model/session.ts';

const EVERY_MS = 5_000;

/** Whether every idle conversation knows the settings. */
export function Rollout({ inbox }: { inbox: Inbox }) {
  const { settings_version: version, rolled_out_version: known } = inbox;
  if (known < version) return <Remaining inbox={inbox} />;
  return (
    <p class="rollout" role="status">
      <span aria-hidden="true">✓</span> Version {version} holds in every conversation.
    </p>
  );
}

/** Those whose timer is not yet as the settings say. */
function Remaining({ inbox: { inbox, settings_version: version } }: { inbox: Inbox }) {
  const [most, setMost] = useState(0);
  const { value: left } = useReading(`${inbox} ${version}`, EVERY_MS, async (signal) => {
    const remaining = await remainingIn(inbox, signal);
    setMost((before) => Math.max(before, remaining));
    return remaining;
  });
  return (
    <p class="rollout" role="status">
      <progress aria-label="Rolling out" max={most || 1} value={left === null ? undefined : most - left} />{' '}
      Version {version} holds for every new decision.{' '}
      {left === null
        ? 'Idle conversations are being told.'
        : `${left.toLocaleString()} idle ${left === 1 ? 'conversation has' : 'conversations have'} a timer to move.`}
    </p>
  );
}

/** The settings as they are, and nothing changed: what still moves was not told of them yet. */
async function remainingIn(inbox: string, signal: AbortSignal): Promise<number> {
  for await (const line of client.value.whatIf(inbox, { settings: {}, examples: 0 }, signal))
    if (line.type === 'summary' && line.of === 'present') return line.changed;
  throw new Error('the answer ended early');
}

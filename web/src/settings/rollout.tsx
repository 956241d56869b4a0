import type { Inbox } from '../../../clients/typescript/src/index.ts';

/** Whether every idle conversation knows the settings. */
export function Rollout({ inbox }: { inbox: Inbox }) {
  const { settings_version: version, rolled_out_version: known } = inbox;
  if (known >= version)
    return (
      <p class="rollout" role="status">
        <span aria-hidden="true">✓</span> Version {version} holds in every conversation.
      </p>
    );
  return (
    <p class="rollout" role="status">
      <progress aria-label="Rolling out" /> Version {version} holds for every new decision. Idle conversations
      are being told; all of them know version {known}.
    </p>
  );
}

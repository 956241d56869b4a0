import { useEffect, useState } from 'preact/hooks';
import type { Inbox, Settings as Chosen } from '../../../clients/typescript/src/index.ts';
import { may } from '../model/account.ts';
import { useReading } from '../model/reading.ts';
import { client, said } from '../model/session.ts';
import { Trouble } from '../parts/empty.tsx';
import { Section } from '../parts/section.tsx';
import { SettingField } from './field.tsx';
import { History } from './history.tsx';
import { Rollout } from './rollout.tsx';
import { changed, readGroups, valueIn, type Field, type Group } from './schema.ts';
import { WhatIf } from './what-if.tsx';

const EVERY_MS = 5_000;
const RARELY_MS = 3_600_000;

/** What an inbox decides by: each setting explained, what would change, and who changed what. */
export function Settings({ inbox }: { inbox: string }) {
  const groups = useReading('settings', RARELY_MS, readGroups);
  const read = useReading(inbox, EVERY_MS, (signal) =>
    client.value.GET('/v1/inboxes/{inbox}', { params: { path: { inbox } }, signal }),
  );
  const error = groups.error || read.error;
  const refresh = () => {
    groups.refresh();
    read.refresh();
  };
  return (
    <div class="sections scroll" tabIndex={0} role="region" aria-label="Settings">
      {error && <Trouble error={error} retry={refresh} />}
      {!read.value && !error && <p class="loading">Loading …</p>}
      {read.value && groups.value && (
        <>
          <Rollout inbox={read.value} />
          <Form key={inbox} read={read.value} groups={groups.value} saved={read.refresh} />
          <History inbox={inbox} version={read.value.settings_version} />
        </>
      )}
    </div>
  );
}

interface FormProps {
  /** the inbox as the service has it now */
  read: Inbox;
  groups: Group[];
  saved: () => void;
}

function Form({ read, groups, saved }: FormProps) {
  /** what the form began with, and what it is now */
  const [base, setBase] = useState(read);
  const [chosen, choose] = useState<Chosen>(read.settings);
  const [outcome, setOutcome] = useState<{ text: string; isBad: boolean } | null>(null);
  const fields = groups.flatMap((group) => group.fields);
  const differing = fields.filter((field) => differs(field, base.settings, chosen));
  const isOld = read.settings_version > base.settings_version;
  const takeOver = () => {
    setBase(read);
    choose(read.settings);
  };
  // with nothing of one's own in the form it simply shows what is so now
  useEffect(() => void (isOld && differing.length === 0 && takeOver()), [isOld]);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    setOutcome(null);
    try {
      const params = { path: { inbox: read.inbox } };
      const now = await client.value.GET('/v1/inboxes/{inbox}', { params });
      if (now.settings_version !== base.settings_version) return saved();
      const made = await client.value.PUT('/v1/inboxes/{inbox}', { params, body: { settings: chosen } });
      setBase(made);
      choose(made.settings);
      setOutcome({ text: `Saved as version ${made.settings_version}.`, isBad: false });
      saved();
    } catch (error) {
      setOutcome({ text: `Not saved: ${said(error)}`, isBad: true });
    }
  };
  return (
    <form class="settings" aria-label="Settings of the inbox" onSubmit={(event) => void save(event)}>
      {groups.map((group) => (
        <Section key={group.title} title={group.title}>
          {group.fields.map((field) => (
            <SettingField
              key={field.name}
              field={field}
              value={valueIn(chosen, field.name)}
              isChanged={differs(field, base.settings, chosen)}
              take={(value) => choose((before) => changed(before, field.name, value))}
            />
          ))}
        </Section>
      ))}
      {isOld && differing.length > 0 && (
        <div class="trouble" role="alert">
          <span>Somebody else has changed these settings meanwhile.</span>
          <button type="button" class="small" onClick={takeOver}>
            Show theirs, and drop mine
          </button>
        </div>
      )}
      {differing.length > 0 && (
        <Section
          title="What would change"
          about="Saved settings hold for every decision from then on. Idle conversations are told one after the other, and their deadlines are computed anew."
        >
          <WhatIf inbox={read.inbox} fields={differing} from={base.settings} to={chosen} />
        </Section>
      )}
      {outcome && <p role={outcome.isBad ? 'alert' : 'status'}>{outcome.text}</p>}
      {may('inboxes:write') ? (
        <div class="buttons">
          <button type="button" disabled={differing.length === 0} onClick={() => choose(base.settings)}>
            Undo
          </button>
          <button class="primary" disabled={differing.length === 0 || isOld}>
            Save
          </button>
        </div>
      ) : (
        <p class="quiet">This key may look, not change: it lacks inboxes:write.</p>
      )}
    </form>
  );
}

function differs(field: Field, from: Chosen, to: Chosen): boolean {
  return JSON.stringify(valueIn(from, field.name)) !== JSON.stringify(valueIn(to, field.name));
}

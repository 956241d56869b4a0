import { useState } from 'preact/hooks';
import { route } from '../model/route.ts';
import { forget, save, saved, show } from '../model/saved.ts';

/** What is shown, under a name; the page's address is a link to it, for others too. */
export function SavedViews() {
  const { name } = route.value;
  const [isNaming, setNaming] = useState(false);
  const isKept = saved.value.some((view) => view.name === name);
  if (isNaming) return <Naming done={() => setNaming(false)} />;
  return (
    <>
      {(saved.value.length > 0 || name !== null) && (
        <label>
          <span>Saved view</span>
          <select
            value={name ?? ''}
            onChange={({ currentTarget: { value } }) => {
              const view = saved.value.find((one) => one.name === value);
              if (view) show(view);
            }}
          >
            <option value="" disabled>
              Choose …
            </option>
            {name !== null && !isKept && <option value={name}>{name} (from a link)</option>}
            {saved.value.map((view) => (
              <option key={view.name}>{view.name}</option>
            ))}
          </select>
        </label>
      )}
      {name === null && (
        <button type="button" class="plain" onClick={() => setNaming(true)}>
          Save view
        </button>
      )}
      {name !== null && (
        <>
          <CopyLink />
          {isKept ? (
            <button type="button" class="plain" onClick={() => forget(name)}>
              Forget view
            </button>
          ) : (
            <button type="button" class="plain" onClick={() => save(name)}>
              Keep view
            </button>
          )}
        </>
      )}
    </>
  );
}

function Naming({ done }: { done: () => void }) {
  const [name, setName] = useState('');
  const submit = () => {
    if (name.trim() === '') return;
    save(name.trim());
    done();
  };
  return (
    <>
      <label>
        <span>Name of the view</span>
        <input
          value={name}
          maxLength={60}
          autofocus
          onInput={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && submit()}
        />
      </label>
      <button type="button" class="plain" onClick={submit}>
        Save
      </button>
      <button type="button" class="plain" onClick={done}>
        Cancel
      </button>
    </>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <button type="button" class="plain" onClick={() => void copy()}>
      {copied ? 'Copied' : 'Copy link'}
    </button>
  );
}

import { signal } from '@preact/signals';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { inboxes } from './model/account.ts';
import { commandsOf, type Command } from './model/commands.ts';
import type { InboxView } from './model/inbox.ts';

export const isOpen = signal(false);

/** Everything that the page can do, by typing some letters of it. */
export function Palette({ view }: { view: InboxView }) {
  return isOpen.value ? <Open commands={commandsOf(view, inboxes.value ?? [])} /> : null;
}

function Open({ commands }: { commands: Command[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  useLayoutEffect(() => dialog.current?.showModal(), []); // before the next key
  const words = typed.toLowerCase().split(' ');
  const found = commands
    .filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
    .slice(0, 12);
  const run = (command: Command | undefined) => {
    isOpen.value = false;
    command?.run();
  };
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((at + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <dialog class="palette" ref={dialog} aria-label="Commands" onClose={() => (isOpen.value = false)}>
      <input
        aria-label="What shall be done"
        role="combobox"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={found[at] ? `command-${at}` : undefined}
        placeholder="What shall be done? …"
        value={typed}
        onKeyDown={move}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
      />
      <ul id="commands" role="listbox" aria-label="Commands">
        {found.map((command, i) => (
          <li
            key={command.name}
            id={`command-${i}`}
            role="option"
            aria-selected={i === at}
            onClick={() => run(command)}
          >
            {command.name} {command.key && <kbd>{command.key}</kbd>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="quiet nothing">Nothing of that name.</p>}
    </dialog>
  );
}

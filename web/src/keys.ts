import { useEffect } from 'preact/hooks';
import { chosen } from './model/actions.ts';
import { commandsOf } from './model/commands.ts';
import type { InboxView } from './model/inbox.ts';
import { go } from './model/route.ts';
import { isOpen } from './palette.tsx';

const isTyping = (event: KeyboardEvent) =>
  event.target instanceof HTMLElement && event.target.matches('input, select, textarea, [contenteditable]');

/** Ctrl K for everything; single keys while nothing is typed. */
export function useKeys(view: InboxView): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        isOpen.value = !isOpen.value;
        return;
      }
      const isBusy = isOpen.value || chosen.value !== null || isTyping(event);
      if (isBusy || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape') go({ conversation: null });
      const command = commandsOf(view, []).find(({ key }) => key === event.key);
      if (!command) return;
      event.preventDefault();
      command.run();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [view]);
}

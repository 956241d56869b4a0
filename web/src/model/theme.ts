import { effect, signal } from '@preact/signals';

const KEY = 'colours';
const ALL = ['system', 'light', 'dark'] as const;
type Theme = (typeof ALL)[number];

export const theme = signal<Theme>(ALL.find((one) => one === localStorage.getItem(KEY)) ?? 'system');

effect(() => {
  localStorage.setItem(KEY, theme.value);
  document.documentElement.dataset.theme = theme.value;
});

export function nextTheme(): void {
  theme.value = ALL[(ALL.indexOf(theme.value) + 1) % ALL.length] ?? 'system';
}

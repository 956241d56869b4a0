/**
 * A box with a title and labelled lines, for a person at a terminal. A value that is too long for the box is
 * not cut, so it can be copied.
 */
export function box(title: string, rows: Readonly<Record<string, string>>): string {
  const entries = Object.entries(rows);
  const labels = Math.max(...entries.map(([label]) => label.length));
  const lines = entries.map(([label, value]) => `${label.padEnd(labels)}  ${value}`);
  const width = Math.max(title.length + 2, ...lines.map((line) => line.length));
  return [
    `╭─ ${title} ${'─'.repeat(width - title.length - 1)}╮`,
    ...lines.map((line) => `│ ${line.padEnd(width)} │`),
    `╰${'─'.repeat(width + 2)}╯`,
    '',
  ].join('\n');
}

/** The rows of the box that `npm start` prints, by their labels; null while the box is not complete. */
export function readBox(text: string): Map<string, string> | null {
  const box = /^╭─[^]*?^╰─+╯/m.exec(text)?.[0];
  if (box === undefined) return null;
  const rows = [...box.matchAll(/^│ (\S.*?) {2,}(\S.*?) *│$/gm)];
  return new Map(rows.map(([, label = '', value = '']) => [label, value]));
}

/** The table of rooms in docs/architecture.md names every folder, and all that its files import. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { read, root } from './fences';

const rows = [...read('docs/architecture.md').matchAll(/^\| `([\w/-]+)` \| .* \| ([^|]+) \|$/gm)];
const rooms = new Map(rows.map(([, room = '', mayImport = '']) => [room, mayImport]));

const roomOf = (file: string) => [...rooms.keys()].find((room) => file.startsWith(`${room}/`));
const named = (room: string) => new RegExp(`everything|\\b${path.basename(room)}\\b`);

const sources = ['src', 'workflows', 'activities', 'clients/typescript/src', 'cli'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file)),
);

it('every folder is a room', () => {
  const folders = new Set(sources.map((file) => path.dirname(file)).filter((folder) => folder !== 'src'));
  const known = (folder: string) => folder === 'src/http' || roomOf(`${folder}/`);
  expect([...folders].filter((folder) => !known(folder))).toEqual([]);
});

it.each([...rooms.keys()])('%s imports only what the table says', (room) => {
  const imported = sources
    .filter((file) => roomOf(file) === room)
    .flatMap((file) =>
      [...read(file).matchAll(/from '(\.[^']+)'/g)].map(([, to = '']) =>
        path.join(path.dirname(file), to, '.'),
      ),
    )
    .map((to) => roomOf(`${to}/`) ?? roomOf(to))
    .filter((to) => to !== undefined && to !== room);
  const mayImport = rooms.get(room) ?? '';
  const allowed = (to: string) =>
    named(to).test(mayImport) || (to === 'src/temporal' && /contract/.test(mayImport));
  expect([...new Set(imported)].filter((to) => !allowed(to as string))).toEqual([]);
});

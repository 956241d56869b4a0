/**
 * A database that has met a migration does not meet it again, so what is edited in it reaches new databases only. A new migration
 * is added to the list: `(cd src/db/migrations && sha256sum *.sql) > test/db/migrations.sha256`.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(__dirname, '../../src/db/migrations');
const digest = (file: string) =>
  createHash('sha256')
    .update(readFileSync(path.join(folder, file)))
    .digest('hex');

test('no migration was edited, and each is in the list', () => {
  const listed = readFileSync(path.join(__dirname, 'migrations.sha256'), 'utf8').trim().split('\n');
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  expect(files.sort().map((file) => `${digest(file)}  ${file}`)).toEqual(listed);
});

import type { Key, NewKey } from '../../clients/typescript/src/index';
import type { Add } from '../command';
import { when } from '../output';

interface Options {
  scopes: string;
  rate?: string;
  expires?: string;
}

export const addKeys: Add = (program, does) => {
  const keys = program.command('keys').description('the keys of the account');

  keys
    .command('list', { isDefault: true })
    .description('what each may do; never the keys themselves')
    .action(
      does(async ({ client, output }) => {
        const items: Key[] = [];
        for await (const key of client.items('/v1/keys', { params: {} })) items.push(key);
        output.result({ items }, () =>
          output.table(
            ['key_id', 'name', 'scopes', 'a second', 'expires', 'made'],
            items.map((k) => [k.key_id, k.name, k.scopes.join(' '), k.rate_per_second ?? 'any', when(k.expires_at), when(k.created_at)]), // prettier-ignore
            'There is none.',
          ),
        );
      }),
    );

  keys
    .command('add <name>')
    .description('make a key; it is shown this once')
    .requiredOption(
      '--scopes <scopes>',
      'what it may do, with commas between: events:write,conversations:read',
    )
    .option('--rate <n>', 'requests a second (default 200)')
    .option('--expires <time>', 'when it ends: 2027-01-31T09:00:00Z')
    .action(
      does(async ({ client, output }, name: string, { scopes, rate, expires }: Options) => {
        const body = {
          name,
          scopes: scopes.split(',') as NewKey['scopes'],
          ...(rate !== undefined && { rate_per_second: Number(rate) }),
          ...(expires !== undefined && { expires_at: expires }),
        };
        const made = await client.POST('/v1/keys', { body });
        output.result(made, () => [
          made.key,
          output.colors.dim(`It is shown this once. Its id is ${made.key_id}, for keys revoke.`),
        ]);
      }),
    );

  keys
    .command('revoke <key_id>')
    .description('nobody is let in with it any more, within a second')
    .action(
      does(async ({ client, output }, key_id: string) => {
        await client.DELETE('/v1/keys/{key_id}', { params: { path: { key_id } } });
        output.result({ revoked: key_id }, () => `Revoked ${key_id}.`);
      }),
    );
};

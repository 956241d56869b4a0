import type { Change, ChangeType } from '../../clients/typescript/src/index';
import type { Add } from '../command';
import type { Output } from '../output';

interface Options {
  types?: string;
  conversation?: string;
}

export const addWatch: Add = (program, does) => {
  program
    .command('watch <inbox>')
    .description('what is decided, as it is decided, until Ctrl-C')
    .option(
      '--types <types>',
      'only these, with commas between: conversation.status_changed,flow.interrupted',
    )
    .option('--conversation <conversation>', 'only this one')
    .action(
      does(async ({ client, output, io }, inbox: string, { types, conversation }: Options) => {
        const wanted = types?.split(',') as ChangeType[] | undefined;
        for await (const { id, change } of client.stream(inbox, { types: wanted, signal: io.signal })) {
          if (!change) {
            if (!output.isJson) io.err(`Watching ${inbox}; Ctrl-C ends it.`);
          } else if (conversation === undefined || change.data.conversation.conversation === conversation) {
            output.result({ id, ...change }, () => lineOf(change, output));
          }
        }
      }),
    );
};

function lineOf({ type, timestamp, data }: Change, output: Output): string {
  const { conversation: c, event } = data;
  const own = 'from' in data && typeof data.from === 'string' ? `${data.from} → ${output.status(c)}` : type;
  const by = event.by ? ` by ${event.by}` : '';
  const time = output.colors.dim(timestamp.slice(11, 19));
  return `${time}  ${c.conversation.padEnd(16)} ${own}  ${output.colors.dim(`(${event.type}${by})`)}`;
}

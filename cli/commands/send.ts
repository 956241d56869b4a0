import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import type { Event } from '../../clients/typescript/src/index';
import type { Add } from '../command';
import { EXIT } from '../exit';
import { fieldsOf } from '../fields';
import { assigneeOf, when } from '../output';

interface Options {
  id?: string;
  wait: number;
}

export const addSend: Add = (program, does) => {
  program
    .command('send <inbox> <conversation> <type> [field=value...]')
    .description('send one event: send support c_1 close agent=ana reason=solved')
    .option('--id <id>', 'the event’s id: the same id is applied once (default: a new one)')
    .option('--wait <seconds>', 'for the decision, at most 10; 0: do not wait', secondsOf, 10)
    .addHelpText(
      'after',
      '\nA value that is JSON is taken as such (score=5, agent=null, tags=\'["a"]\'); else it is text. tags=a,b is a list.',
    ) // prettier-ignore
    .action(
      does(
        async (
          { client, output },
          inbox: string,
          conversation: string,
          type: string,
          fields: string[],
          o: Options,
        ) => {
          const event = { id: o.id ?? randomUUID(), type, ...eventFields(fields) } as Event;
          const outcome = await client.send(inbox, conversation, event, { wait: o.wait });
          output.result(outcome, () => {
            const { verdict } = outcome;
            const { colors } = output;
            if (verdict === 'accepted')
              return `${colors.green('accepted')}  ${outcome.event}, not decided yet`;
            const why = verdict === 'ignored' ? outcome.reason : verdict === 'refused' ? outcome.rule : '';
            const paint = { applied: colors.green, ignored: colors.yellow, refused: colors.red }[verdict];
            const c = outcome.conversation;
            const next = c.next ? `next: ${c.next.timer} ${when(c.next.due_at)}` : 'nothing is due';
            return `${paint(verdict)}${why && ` ${why}`}  ${output.status(c)} · ${assigneeOf(c)} · ${next}`;
          });
          return outcome.verdict === 'refused' ? EXIT.failed : EXIT.ok;
        },
      ),
    );
};

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= 10) return seconds;
  throw new InvalidArgumentError('It is a whole number from 0 to 10.');
}

/** `tags=a,b` is a list. */
function eventFields(typed: string[]): Record<string, unknown> {
  const fields = fieldsOf(typed);
  return typeof fields.tags === 'string' ? { ...fields, tags: fields.tags.split(',') } : fields;
}

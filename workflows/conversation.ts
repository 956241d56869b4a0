import * as wf from '@temporalio/workflow';
import { isKey, type ConversationKey } from '../src/domain/key';
import { EVENT_TYPES } from '../src/domain/events';
import { readAnyEvent } from '../src/domain/read-event';
import { CODE_NUMBER } from '../src/temporal/code-number';
import * as contract from '../src/temporal/contract';
import { ConversationRun } from './conversation-run';
import { EXAMPLES } from './examples';
import { assertSameCode } from './same-code';

/**
 * The workflow of one conversation. Signals are queued; one loop decides, persists and publishes. A closed
 * conversation with nothing left to do rests, and the next event starts it again from its row.
 */
export async function conversation(
  key: ConversationKey,
  fromLastRun?: contract.Carried | CarriedElsewhere,
): Promise<contract.Rested> {
  assertSameCode();
  const run = new ConversationRun(key, carried(fromLastRun));

  // This handler must be first. What arrived before the run began is delivered to it at once, in order. A
  // handler that is set before it would get the signals of its own name ahead of earlier ones.
  wf.setDefaultSignalHandler((name, payload) => run.receive(name, payload));
  for (const type of EVENT_TYPES) {
    const receive = (payload: unknown) => run.receive(type, payload);
    wf.setHandler(contract.eventSignals[type], receive, { description: EXAMPLES[type] });
  }
  wf.setHandler(contract.reloadSignal, () => run.receive(contract.reloadSignal.name), {
    description:
      'The database knows something newer: other settings, or a restored row. Sent by the service itself; no payload.',
  });
  wf.setHandler(contract.decideUpdate, (payload) => run.decide(payload), {
    validator: (payload) => run.validate(payload),
    description: `Decides any event and answers once it is written. Example: ${EXAMPLES.close}`,
  });
  wf.setHandler(contract.conversationQuery, () => run.record(), {
    description: 'The conversation as it is now',
  });
  wf.setHandler(contract.explainQuery, () => run.explain(), {
    description: 'What happens next and when, and which decision led here',
  });

  assertInput(key);
  // A request to cancel could end the run between a decision and its write, so it is ignored. To stop a
  // conversation for good, terminate it.
  return wf.CancellationScope.nonCancellable(() => run.live());
}

/**
 * Any client may start one, with any arguments. So the second one counts only if it comes from the run
 * before. A run of other code may have handed over another shape, so its events are parsed again and the
 * state comes from the row.
 */
function carried(fromLastRun?: contract.Carried | CarriedElsewhere): contract.Carried | undefined {
  if (!wf.workflowInfo().continuedFromExecutionRunId || !fromLastRun) return undefined;
  if (isOfThisCode(fromLastRun)) return fromLastRun;
  const { waiting = [], owed = [], dropped = 0, reused = 0 } = fromLastRun;
  const read = waiting.map((event) => readAnyEvent(event, Date.now()));
  const events = read.flatMap((received) => ('event' in received ? [received.event] : []));
  return {
    ...{ code: CODE_NUMBER, held: null, waiting: events, owed, gists: [] },
    ...{ dropped: dropped + read.length - events.length, reused },
  };
}

type CarriedElsewhere = Partial<Pick<contract.Carried, 'code' | 'owed' | 'dropped' | 'reused'>> & {
  waiting?: unknown[];
};

function isOfThisCode(from: contract.Carried | CarriedElsewhere): from is contract.Carried {
  return from.code === CODE_NUMBER;
}

/** Two workflows for one conversation would hold two states, so the id must fit the input. */
function assertInput(key: unknown): void {
  if (isKey(key) && contract.workflowId(key) === wf.workflowInfo().workflowId) return;
  const problem =
    'input must be {account, inbox, conversation}, and the workflow id conversation/<account>/<inbox>/<conversation>';
  throw wf.ApplicationFailure.nonRetryable(problem, 'InvalidInput');
}

import * as wf from '@temporalio/workflow';
import { isKey, type ConversationKey } from '../src/domain/key';
import { EVENT_TYPES } from '../src/domain/events';
import { readAnyEvent } from '../src/domain/received';
import { CODE_NUMBER } from '../src/temporal/code-number';
import * as contract from '../src/temporal/contract';
import { ConversationRun } from './conversation-run';
import { EXAMPLES } from './examples';
import { assertSameCode } from './same-code';

/**
 * One conversation, for as long as it lives. Signals queue, one loop decides, persists and publishes; closed with
 * nothing pending it rests, and the next event starts it again from its row.
 */
export async function conversation(
  key: ConversationKey,
  fromLastRun?: contract.Carried | CarriedElsewhere,
): Promise<contract.Rested> {
  assertSameCode();
  const run = new ConversationRun(key, carried(fromLastRun));

  // First: what arrived before the run began is handed over at once, all of it in order to this one. Any other handler set
  // before it would be handed those of its own name, ahead of those that came earlier.
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
  // A request to cancel could end it between a decision and its write. To stop one for good, terminate it.
  return wf.CancellationScope.nonCancellable(() => run.live());
}

/**
 * Anybody may start one, and with whatever: only a run before this one is believed. What other code handed over may have another
 * shape: its events are read again, and its state comes from the row.
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

/** Two workflows for one conversation would be two truths: the id must be the input's. */
function assertInput(key: unknown): void {
  if (isKey(key) && contract.workflowId(key) === wf.workflowInfo().workflowId) return;
  const problem =
    'input must be {account, inbox, conversation}, and the workflow id conversation/<account>/<inbox>/<conversation>';
  throw wf.ApplicationFailure.nonRetryable(problem, 'InvalidInput');
}

import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { rowTypes } from '../../../src/db/rows';
import type { EventType } from '../../../src/domain/events';
import type { ConversationRow, Entry } from '../../../src/domain/timeline';
import type { ConversationRecord } from '../../../src/domain/record';
import { settingsSchema } from '../../../src/domain/settings';
import * as contract from '../../../src/temporal/contract';
import { eventually } from './eventually';
import type { HistoryEvent } from './history';
import type { InboxSettings, Service } from './service';
import { DEFAULT_FIELDS, type Fields } from './default-fields';
import type { ConversationKey } from '../../../src/domain/key';

interface Described {
  name: string;
  description: string;
}

/** What Temporal's UI shows of a workflow. */
export interface Shown {
  currentDetails: string;
  definition: Record<'queryDefinitions' | 'signalDefinitions' | 'updateDefinitions', Described[]>;
}

const GENERATED = ['agent', 'team', 'snoozed', 'waiting'];

/** A conversation as clients, operators and the database see it. */
export class TestConversation {
  readonly handle: WorkflowHandle;
  private sent = 0;

  constructor(
    readonly service: Service,
    readonly key: ConversationKey,
  ) {
    this.handle = service.client.workflow.getHandle(contract.workflowId(key));
  }

  /** Signals an event and does not wait. @returns its id */
  async send<T extends EventType>(type: T, fields?: Fields<T>): Promise<string> {
    const id = fields?.id ?? `${type}-${++this.sent}`;
    await this.signal(type, [{ ...DEFAULT_FIELDS[type], ...fields, id }]);
    return id;
  }

  /** Sends any signal with any payload. */
  async signal(signal: string, signalArgs: unknown[]): Promise<void> {
    await this.service.client.workflow.signalWithStart(contract.CONVERSATION_WORKFLOW, {
      ...this.startOptions(),
      signal,
      signalArgs,
    });
  }

  /** Signals an event and waits for its decision. */
  async when<T extends EventType>(type: T, fields?: Fields<T>): Promise<Entry> {
    return this.decided(await this.send(type, fields));
  }

  /** The decision about an event, once it is written. */
  decided(event: string): Promise<Entry> {
    const isIt = (entry: Entry) => entry.event === event;
    return eventually(`decision about ${event}`, async () => (await this.timeline()).find(isIt));
  }

  /** The same by the update. `payload` may be anything. */
  async decide(payload: unknown): Promise<contract.Answer> {
    const startWorkflowOperation = new WithStartWorkflowOperation(contract.CONVERSATION_WORKFLOW, {
      ...this.startOptions(),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    const options = { args: [payload] as [unknown], startWorkflowOperation };
    return this.service.client.workflow.executeUpdateWithStart<Workflow, contract.Answer, [unknown]>(
      contract.decideUpdate,
      options,
    );
  }

  /** Once its run has read its row. */
  record(): Promise<ConversationRecord> {
    return eventually('its record', () => this.handle.query(contract.conversationQuery));
  }

  explain(): Promise<contract.Explanation> {
    return this.handle.query(contract.explainQuery);
  }

  shown(): Promise<Shown> {
    return this.handle.query('__temporal_workflow_metadata');
  }

  timeline(): Promise<Entry[]> {
    return this.rows<Entry>('timeline', 'seq');
  }

  async row(): Promise<ConversationRow | undefined> {
    const [row] = await this.rows<ConversationRow>('conversations', 'seq');
    return row;
  }

  /** Its rows in that table, without the columns of its key or those that PostgreSQL derives. */
  async rows<R extends object>(table: string, order: string): Promise<R[]> {
    const { account, inbox, conversation } = this.key;
    const { rows } = await this.service.database.pool.query<R>({
      text: `SELECT * FROM ${table} WHERE account = $1 AND inbox = $2 AND conversation = $3 ORDER BY ${order}`,
      values: [account, inbox, conversation],
      types: rowTypes,
    });
    const without =
      table === 'conversations' ? ['account', ...GENERATED] : ['account', 'inbox', 'conversation'];
    return rows.map((row) => {
      for (const name of without) Reflect.deleteProperty(row, name);
      return row;
    });
  }

  /** Changes its inbox's settings as the API does, without a rollout. */
  async set(settings: InboxSettings): Promise<void> {
    await this.service.database.pool.query(
      `INSERT INTO inboxes AS i (account, inbox, settings) VALUES ($1, $2, $3)
       ON CONFLICT (account, inbox) DO UPDATE
       SET settings = excluded.settings, settings_version = i.settings_version + 1`,
      [this.key.account, this.key.inbox, JSON.stringify(settingsSchema.parse(settings))],
    );
  }

  /** Makes it load its inbox's settings and its row again. */
  tell(): Promise<void> {
    return this.signal(contract.reloadSignal.name, []);
  }

  /** The events of its current run, or of the last one. */
  async history(): Promise<HistoryEvent[]> {
    return (await this.handle.fetchHistory()).events ?? [];
  }

  async isRunning(): Promise<boolean> {
    return (await this.handle.describe()).status.name === 'RUNNING';
  }

  /** Waits until it rests. */
  async rested(): Promise<void> {
    await eventually('the conversation rests', async () => !(await this.isRunning()));
  }

  private startOptions() {
    const { account, inbox, conversation } = this.key;
    return {
      workflowId: contract.workflowId(this.key),
      taskQueue: contract.TASK_QUEUE,
      args: [{ account, inbox, conversation }] as [ConversationKey],
    };
  }
}

import type { Pool } from 'pg';
import type { Due, Recipient } from '../../db/delivering';
import type { SecretBox } from '../../db/secret-box';
import { openAccessToken } from '../../db/whatsapp-channels';
import { addressOf } from '../../db/whatsapp-contacts';
import * as surveys from '../../db/whatsapp-surveys';
import type { SurveyKey, SurveyToSend } from '../../db/whatsapp-surveys';
import type { Telling } from '../../domain/effect-json';
import type { TemporalClient } from '../../temporal/client';
import type { PrivateAddresses } from '../../webhooks/addresses';
import { nextTry, retryAfter } from '../../webhooks/schedule';
import type { Sender, Sent } from '../../webhooks/sender';
import { GraphClient, type Answered } from './graph-client';
import { meaningOf } from './graph-errors';
import type { Address } from './identity';
import { surveyFailed } from './payload';
import { listMessage, templateMessage } from './survey-message';

export interface SurveySenderDeps {
  pool: Pool;
  temporal: Pick<TemporalClient, 'signal'>;
  secrets: SecretBox;
  allowed: PrivateAddresses;
}

/** A survey waits no longer than this for its next try: the next one of its conversation waits behind it. */
const LONGEST_PAUSE_MS = 10 * 60_000;
/** A number that sends too much rests for so long. */
const SLOW_MS = 15 * 60_000;
/** Too many messages to one customer: it says nothing of the others. */
const PAIR_RATE = 131056;
/** What is set up wrong is tried again after so long. */
const CONFIGURATION_MS = 60_000;

/** The survey that is due, with what is known of it. */
interface Task {
  key: SurveyKey;
  channel: string;
  to: SurveyToSend;
  address: Address;
  due: Due;
  now: number;
  signal: AbortSignal;
}

/**
 * Sends each survey once. That it is about to be sent is written first. If nobody knows afterwards whether it was, as when the
 * process was killed in between, it is not sent again: the customer may miss a survey, but gets none twice.
 */
export class SurveySender implements Sender {
  private readonly graph: GraphClient;

  constructor(private readonly deps: SurveySenderDeps) {
    this.graph = new GraphClient(deps.allowed);
  }

  /** @throws what PostgreSQL or Temporal answers; SecretsKeyMissingError, SecretUnreadableError */
  async send(recipient: Recipient, due: Due, now: number, signal: AbortSignal): Promise<Sent | null> {
    const key = surveyOf(recipient, due);
    const to = await surveys.surveyToSend(this.deps.pool, recipient.webhook, key);
    if (!to) return parked('the channel is gone');
    if (to.state !== 'pending') return parked(`not sent: the survey is ${to.state ?? 'gone'}`);
    // The conversation came through another channel, and the program that runs that one sends its surveys.
    if (to.address === null) return parked('not sent: the contact never wrote through WhatsApp');
    const sealedFor = addressOf(key.account, key.inbox, key.conversation);
    const address = JSON.parse(this.deps.secrets.open(to.address, sealedFor)) as Address;
    const task = { key, channel: recipient.webhook, to, address, due, now, signal };
    const inWindow = to.window_closes_at === null || now < to.window_closes_at;
    const message = inWindow ? listMessage(address, key.survey, to.texts) : this.templateOf(task);
    if (!message) return this.fail(key, 'outside_window', 'the window is closed, and there is no template');
    const claimed = await surveys.claimSurvey(this.deps.pool, key);
    if (claimed?.message_id != null) return { ...parked(null), state: 'delivered' };
    if (claimed) return parked('it is not known whether it was sent, so it is not sent again');
    return this.sendMessage(task, message, inWindow);
  }

  close(): void {} // each message has a connection of its own

  private templateOf({ address, key, to }: Task) {
    return templateMessage(address, key.survey, to.texts);
  }

  private async sendMessage(task: Task, message: object, mayBeTemplate: boolean): Promise<Sent | null> {
    const { pool, secrets } = this.deps;
    const { key, channel, to, now, signal } = task;
    const access_token = openAccessToken(secrets, channel, to.access_token);
    const answered = await this.graph.send({ ...to, access_token }, message, signal);
    switch (answered.is) {
      case 'sent':
        await surveys.noteSurveySent(pool, key, answered.message_id);
        if (to.troubled) await surveys.noteProblem(pool, channel, null, now);
        return { ...parked(null), state: 'delivered', status: answered.status, recipient: 'ok' };
      case 'unknown': {
        const error = `${answered.error}: it is not known whether it was sent, so it is not sent again`;
        return { ...parked(error), status: answered.status, recipient: 'failed' };
      }
      case 'unreached':
        await surveys.releaseSurvey(pool, key);
        if (signal.aborted) return null;
        return this.again(task, { error: answered.error, recipient: 'failed' });
      case 'refused':
        return this.refused(task, answered, mayBeTemplate);
    }
  }

  private async refused(
    task: Task,
    answered: Extract<Answered, { is: 'refused' }>,
    mayBeTemplate: boolean,
  ): Promise<Sent | null> {
    const { key, channel, now } = task;
    const code = String(answered.code);
    const said = { status: answered.status, answer: JSON.stringify({ code: answered.code }) };
    const meaning = meaningOf(answered.code, answered.status);
    const template = meaning === 'template' && mayBeTemplate ? this.templateOf(task) : null;
    if (template) return this.sendMessage(task, template, false);
    await surveys.releaseSurvey(this.deps.pool, key);
    switch (meaning) {
      case 'template':
        return { ...(await this.fail(key, 'outside_window', null)), ...said, recipient: 'ok' };
      case 'final':
        return { ...(await this.fail(key, code, null)), ...said, recipient: 'ok' };
      case 'configuration':
        await surveys.noteProblem(this.deps.pool, channel, code, now);
        return this.again(task, { ...said, recipient: 'failed', hold_until: now + CONFIGURATION_MS }, code);
      case 'slow':
        return this.again(task, { ...said, recipient: 'unknown', hold_until: now + SLOW_MS }, code);
      case 'again': {
        if (answered.code === PAIR_RATE) return this.again(task, { ...said, recipient: 'unknown' }, code);
        const hold_until = retryAfter(answered.retry_after, now) ?? undefined;
        return this.again(task, { ...said, recipient: 'failed', hold_until }, code);
      }
    }
  }

  private async again(
    { key, due, now }: Task,
    sent: Partial<Sent> & Pick<Sent, 'recipient'>,
    code = 'unreached',
  ): Promise<Sent> {
    const next = nextTry({
      tries: due.tries + 1,
      first_try_at: due.first_try_at ?? now,
      now,
      retry_after: sent.hold_until ?? null,
      random: Math.random(),
    });
    if (next === null) return { ...(await this.fail(key, code, null)), ...sent };
    const latest = Math.max(now + LONGEST_PAUSE_MS, sent.hold_until ?? 0);
    return { ...parked(null), ...sent, state: 'pending', due_at: Math.min(next, latest) };
  }

  /** The conversation is told: it waits for this survey no longer. */
  private async fail(key: SurveyKey, reason: string, error: string | null): Promise<Sent> {
    const { account, inbox, conversation } = key;
    await this.deps.temporal.signal({ account, inbox, conversation }, surveyFailed(key, reason).event);
    return parked(error);
  }
}

function surveyOf({ account }: Recipient, { body }: Due): SurveyKey {
  const { data } = JSON.parse(body) as Telling & { data: { survey: string } };
  const { inbox, survey, conversation } = data;
  return { account, inbox, survey, conversation: conversation.conversation };
}

/** Nothing more is done about it. */
function parked(error: string | null): Sent {
  return { state: 'parked', due_at: null, status: null, answer: null, error, recipient: 'unknown' };
}

import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Due, Recipient } from '../db/delivering';
import type { SecretBox } from '../db/secret-box';
import { isValid } from '../db/webhooks';
import type { PrivateAddresses } from './addresses';
import { attemptPost, attemptSend, type Tried } from './attempt';
import { Poster } from './post';
import type { Sender } from './sender';
import { Visit, type Visited } from './visit';

/** What deliveries to all endpoints need. */
export interface DispatcherOptions {
  secrets: SecretBox;
  allowed: PrivateAddresses;
  /** delivers to WhatsApp */
  whatsapp: Sender;
  /** epoch milliseconds; absent: the machine's clock */
  now?: () => number;
  /** after it is aborted no delivery begins, and those that run have a few seconds to end */
  stopping?: AbortSignal;
}

/** Deliveries that run when the process stops get this long to end by themselves. */
const LAST_MS = 3_000;

/** Delivers to endpoints. A visit is for one endpoint. */
export class Dispatcher {
  private readonly poster: Poster;
  private readonly cut = new AbortController();
  private readonly stopping: AbortSignal;
  private readonly now: () => number;

  constructor(
    private readonly pool: Pool,
    private readonly options: DispatcherOptions,
    private readonly logger?: Logger,
  ) {
    this.poster = new Poster(options.allowed, this.cut.signal);
    this.now = options.now ?? Date.now;
    this.stopping = options.stopping ?? new AbortController().signal;
    this.stopping.addEventListener('abort', () => {
      setTimeout(() => this.cut.abort(), LAST_MS).unref();
    });
  }

  /**
   * Delivers what is due for an endpoint. It ends when nothing is due, or after half a minute.
   * @param ended aborted: another visit may have begun, so this one begins nothing more
   * @throws what PostgreSQL answers; SecretsKeyMissingError, SecretUnreadableError
   */
  async visit(webhook: string, ended: AbortSignal): Promise<Visited> {
    const { pool, now, logger } = this;
    const attempting = (recipient: Recipient) => this.attempting(recipient);
    const stopping = AbortSignal.any([this.stopping, ended]);
    return new Visit(webhook, { pool, now, logger, stopping, attempting }).run();
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.poster.close();
    this.options.whatsapp.close();
  }

  /** @throws SecretsKeyMissingError, SecretUnreadableError */
  private attempting(recipient: Recipient): (due: Due) => Promise<Tried | null> {
    const { secrets, whatsapp } = this.options;
    if (recipient.kind === 'whatsapp')
      return (due) => attemptSend(whatsapp, recipient, due, this.now(), this.cut.signal);
    const opened = recipient.secrets
      .filter((secret) => isValid(secret, this.now()))
      .map(({ sealed }) => secrets.open(sealed, recipient.webhook));
    return (due) => attemptPost(this.poster, recipient, due, opened, this.now);
  }
}

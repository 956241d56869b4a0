import { DefaultPayloadConverter, type Payload } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding';

/** As Temporal's own examples of encryption name it. */
export const ENCRYPTED = 'binary/encrypted';
export const KEY_ID = 'encryption-key-id';

/**
 * A payload that cannot be decoded reads as undefined. The SDK decodes before it calls a signal's handler. An
 * error there would fail the workflow task again and again, and no later event of the conversation would be
 * decided.
 */
class ForgivingPayloadConverter extends DefaultPayloadConverter {
  override fromPayload<T>(payload: Payload): T {
    if (isUnderAnotherKey(payload))
      throw new Error('A payload is encrypted under a key that is not in PAYLOAD_KEYS');
    try {
      return super.fromPayload(payload);
    } catch {
      return undefined as T;
    }
  }
}

/** Loaded by the worker, in and outside of the sandbox, by this name. */
export const payloadConverter = new ForgivingPayloadConverter();

/** No poison: the task is tried again until somebody gives the worker the key. Dropped, the event would be lost. */
function isUnderAnotherKey({ metadata }: Payload): boolean {
  return !!metadata?.encoding && !!metadata[KEY_ID] && decode(metadata.encoding) === ENCRYPTED;
}

import { z } from 'zod';
import { EVENT_TYPES, eventSchemas } from '../../src/domain/events';
import { isSameEvent } from '../../src/domain/repeat';

const close = eventSchemas.close();
const kept = { agent: 'ana', skip_survey: false };

describe('an event sent again is the same', () => {
  it('though its fields come in another order', () => {
    const flow_end = eventSchemas.flow_end();
    const first = { execution: 'x', assign: { team: 't', agent: 'ana' }, outcome: 'completed' };
    expect(isSameEvent(flow_end, { assign: { agent: 'ana', team: 't' }, execution: 'x' }, first)).toBe(true);
  });

  it('whether it leaves a default out or says it', () => {
    expect(isSameEvent(close, { agent: 'ana' }, kept)).toBe(true);
    expect(isSameEvent(close, { agent: 'ana', skip_survey: false }, kept)).toBe(true);
  });

  it('after the schema has gained a field with a default, inside another one too', () => {
    const later = z.strictObject({
      ...close.shape,
      told: z.boolean().default(true),
      context: z.strictObject({ depth: z.int().default(3), of: z.string() }).optional(),
    });
    expect(isSameEvent(later, { agent: 'ana' }, kept)).toBe(true);
    const deep = { ...kept, context: { of: 'x' } };
    expect(isSameEvent(later, { agent: 'ana', context: { of: 'x', depth: 3 } }, deep)).toBe(true);
  });

  it('after the schema has lost a field that it used to fill in', () => {
    expect(isSameEvent(close, { agent: 'ana' }, { ...kept, told: true })).toBe(true);
  });
});

describe('an event sent again is another one', () => {
  it.each([
    ['a field differs', { agent: 'bo' }],
    ['a field is more', { agent: 'ana', reason: 'done' }],
    ['a default is not left', { agent: 'ana', skip_survey: true }],
    ['a field is empty', { agent: null }],
    ['a field is missing', {}],
  ])('where %s', (_, sent) => {
    expect(isSameEvent(close, sent, kept)).toBe(false);
  });

  it('where the first one said something else than a default', () => {
    expect(isSameEvent(eventSchemas.message(), {}, { kind: 'media' })).toBe(false);
  });
});

// With another default, an old event without the field would not be the same any more. Add a new field for a
// new meaning instead.
it('no field of an event ever gets another default', () => {
  const defaults = EVENT_TYPES.flatMap((type) =>
    Object.entries(eventSchemas[type]().shape).flatMap(([name, field]) => {
      const byDefault = (field as z.ZodType).safeParse(undefined).data;
      return byDefault === undefined ? [] : [[`${type}.${name}`, byDefault]];
    }),
  );
  expect(Object.fromEntries(defaults)).toMatchObject({
    'message.kind': 'text',
    'flow_start.source': 'flow',
    'flow_start.has_priority': false,
    'flow_end.outcome': 'completed',
    'close.skip_survey': false,
  });
});

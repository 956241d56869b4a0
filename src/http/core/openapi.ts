import { z } from 'zod';
import type { Operation } from './operation';
import { problem as problemShape } from './shapes';

type Json = Record<string, unknown>;

const TITLES: Record<number, string> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted: Temporal holds it durably',
  409: 'A rule forbids it',
  422: 'The id belongs to another event',
};

/** What every operation may answer besides. */
const REFUSALS: Record<number, string> = {
  400: 'The request is not valid',
  401: 'No key, or an unknown one',
  403: 'The key lacks the scope',
  404: 'There is no such thing in this account',
  502: 'Temporal refuses what the service asks of it: its set-up is wrong, and asking again does not help',
  503: 'Temporal or PostgreSQL is away; `Retry-After` says when to ask again',
};

/** The OpenAPI 3.1 document, out of the schemas that check the requests. */
export function openApi(operations: readonly Operation[]): Json {
  const paths: Record<string, Json> = {};
  for (const o of operations) (paths[o.path.replace(/:(\w+)/g, '{$1}')] ??= {})[o.method] = describe(o);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Conversation statuses',
      version: '1',
      description: 'Durable conversation statuses for WhatsApp team inboxes.',
    },
    security: [{ key: [] }],
    paths,
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  };
}

function describe(o: Operation): Json {
  const body = o.shownBody ?? o.body;
  return {
    summary: o.summary,
    description: `Needs the scope \`${o.scope}\`.`,
    operationId: `${o.method}_${o.path.replace(/\W+/g, '_').replace(/^_v1_/, '')}`,
    parameters: [...parameters('path', o.params), ...parameters('query', o.query), ...headers(o)],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } },
    }),
    responses: { ...answers(o), ...refusals(o) },
  };
}

function parameters(where: 'path' | 'query', schema: z.ZodType): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: of,
  }));
}

/** Only what is posted can be repeated, and waited for. */
function headers({ shownBody }: Operation): Json[] {
  if (!shownBody) return [];
  const header = (name: string, description: string) => ({
    ...{ name, in: 'header', required: false, description },
    schema: { type: 'string' },
  });
  return [
    header('Idempotency-Key', "The event's id, where the body has none"),
    header('Prefer', '`respond-async`, or `wait=N` with N seconds, at most 10'),
  ];
}

function answers({ answers: given, streams }: Operation): Json {
  const type = streams ? 'application/x-ndjson' : 'application/json';
  const known = Object.entries(given).map(([status, schema]) => [
    status,
    {
      description: TITLES[Number(status)] ?? 'Refused',
      content: Number(status) < 400 ? { [type]: { schema: jsonSchema(schema, 'output') } } : problem,
    },
  ]);
  return Object.fromEntries(known) as Json;
}

function refusals({ answers: given }: Operation): Json {
  const others = Object.entries(REFUSALS).filter(([status]) => !(status in given));
  return Object.fromEntries(
    others.map(([status, description]) => [status, { description, content: problem }]),
  );
}

const problem = { 'application/problem+json': { schema: jsonSchema(problemShape, 'output') } };

/** What JSON Schema cannot say, such as a moment's being in the future, is left out of it. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  return { ...z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }), $schema: undefined };
}

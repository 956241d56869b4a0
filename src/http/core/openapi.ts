import { version } from '../../../package.json';
import { Components, type Json } from './components';
import type { Link, Operation } from './operation';
import { problem } from './shapes';

const ANSWERS: Record<number, string> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted, and kept durably',
  204: 'Done; there is nothing to say',
  409: 'A rule forbids it; `rule` names it',
  422: 'The id belongs to another event, or the key to another job',
};

/** What an operation may answer besides: its name in the document, and which headers help. */
const REFUSALS: Record<number, { name: string; description: string; headers?: Record<string, string> }> = {
  400: { name: 'InvalidRequest', description: 'The request is not valid; `errors` names each field' },
  401: {
    name: 'Unauthenticated',
    description: 'No key, or one that is unknown or revoked',
    headers: { 'WWW-Authenticate': 'How to send a key' },
  },
  403: {
    name: 'ScopeMissing',
    description: 'The key lacks the scope',
    headers: { 'WWW-Authenticate': 'The scope that is needed' },
  },
  404: { name: 'NotFound', description: 'There is no such thing in this account' },
  405: {
    name: 'MethodNotAllowed',
    description: 'The path does not know this method',
    headers: { Allow: 'Those that it knows' },
  },
  413: { name: 'TooLarge', description: 'The body is too large' },
  415: { name: 'NotJson', description: 'The body is not JSON' },
  429: {
    name: 'TooManyRequests',
    description: 'Over the rate of the key',
    headers: {
      'Retry-After': 'In how many seconds to ask again',
      'RateLimit-Policy':
        'How many a second, draft 8: `"key";q=200;w=1`. In every answer to a key with a limit',
      RateLimit: 'How many are left, and in how many seconds it is all of them: `"key";r=150;t=1`',
    },
  },
  502: {
    name: 'RefusedBehind',
    description:
      'Temporal refuses what the service asks of it: its set-up is wrong, and asking again does not help',
  },
  503: {
    name: 'Unavailable',
    description: 'Temporal or PostgreSQL is away',
    headers: { 'Retry-After': 'In how many seconds to ask again' },
  },
};
const OF_BODIES = [413, 415];

/** The OpenAPI 3.1 document, made from the schemas that check the requests. */
export function openApi(operations: readonly Operation[]): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const o of operations) (paths[shownPath(o.path)] ??= {})[o.method] = described(o, components);
  const tags = [...new Set(operations.map((o) => o.tag))].map((name) => ({ name }));
  const responses = refusals(components);
  const { document, schemas } = components.settle({ paths, responses });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Conversation statuses',
      version,
      description: 'Durable conversation statuses for WhatsApp team inboxes.',
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags,
    paths: document.paths,
    components: {
      schemas,
      responses: document.responses,
      headers: {
        RequestId: { description: "The request's id: as it was sent, or made", schema: { type: 'string' } },
      },
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key' } },
    },
  };
}

const shownPath = (path: string) => path.replace(/:(\w+)/g, '{$1}');

function described(o: Operation, components: Components): Json {
  const body = o.shownBody ?? o.body;
  const parameters = [
    ...parametersOf('path', o.params, components),
    ...parametersOf('query', o.query, components),
    ...(o.headers ? parametersOf('header', o.headers, components) : []),
  ];
  const content = body && {
    schema: components.schema(body, 'input'),
    ...(o.examples && { examples: shownExamples(o.examples) }),
  };
  const types = o.method === 'patch' ? ['application/merge-patch+json', JSON_TYPE] : [o.takes ?? JSON_TYPE];
  return {
    tags: [o.tag],
    summary: o.summary,
    description: [o.description, `Needs the scope \`${o.scope}\`.`].filter(Boolean).join(' '),
    operationId: o.name,
    security: [{ key: [o.scope] }],
    ...(parameters.length > 0 && { parameters }),
    ...(content && {
      requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, content])) },
    }),
    responses: { ...answers(o, components), ...refusalsOf(o) },
  };
}

const JSON_TYPE = 'application/json';
const HEADERS = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

function shownExamples(examples: Record<string, unknown>): Json {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}

function parametersOf(
  where: 'path' | 'query' | 'header',
  schema: Operation['params'],
  components: Components,
): Json[] {
  const { properties = {}, required = [] } = components.schema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...of }]) => ({
    name,
    in: where,
    ...(typeof description === 'string' && { description }),
    ...((where === 'path' || required.includes(name)) && { required: true }),
    ...(of.type === 'array' && { style: 'form', explode: false }),
    schema: of,
  }));
}

function answers({ answers: given, streams, csv, links = {} }: Operation, components: Components): Json {
  const type = streams ?? JSON_TYPE;
  const known = Object.entries(given).map(([status, schema]) => {
    const good = Number(status) < 400;
    const answer = {
      description: ANSWERS[Number(status)],
      headers: HEADERS,
      ...(Number(status) !== 204 && {
        content: {
          [good ? type : PROBLEM]: { schema: components.schema(schema, 'output') },
          ...(good && csv && { 'text/csv': { schema: { type: 'string' } } }),
        },
      }),
      ...(good && Object.keys(links).length > 0 && { links: shownLinks(links) }),
    };
    return [status, answer] as const;
  });
  return Object.fromEntries(known);
}

const PROBLEM = 'application/problem+json';

function shownLinks(links: Record<string, Link>): Json {
  return Object.fromEntries(
    Object.entries(links).map(([operationId, parameters]) => [operationId, { operationId, parameters }]),
  );
}

function refusalsOf({ answers: given, body, shownBody }: Operation): Json {
  const hasBody = (shownBody ?? body) !== undefined;
  const others = Object.entries(REFUSALS).filter(
    ([status]) => !(status in given) && (hasBody || !OF_BODIES.includes(Number(status))),
  );
  return Object.fromEntries(
    others.map(([status, { name }]) => [status, { $ref: `#/components/responses/${name}` }]),
  );
}

function refusals(components: Components): Json {
  return Object.fromEntries(
    Object.values(REFUSALS).map(({ name, description, headers = {} }) => {
      const own = Object.fromEntries(
        Object.entries(headers).map(([header, says]) => [
          header,
          { description: says, schema: { type: 'string' } },
        ]),
      );
      const content = { [PROBLEM]: { schema: components.schema(problem, 'output') } };
      return [name, { description, headers: { ...HEADERS, ...own }, content }];
    }),
  );
}

/** The served description of the API, as far as tests read it. */
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { TestApi } from './api';

export interface DescribedOperation {
  tags: string[];
  operationId: string;
  security?: { key: string[] }[];
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: {
    content: Record<string, { schema: object; examples?: Record<string, { value: unknown }> }>;
  };
  responses: Record<string, object>;
}

export interface Description {
  openapi: string;
  paths: Record<string, Record<string, DescribedOperation>>;
  components: Record<'schemas' | 'responses' | 'headers', Record<string, object>>;
}

export async function describedBy(api: TestApi): Promise<Description> {
  return JSON.parse((await api.get('/openapi.json')).text) as Description;
}

/** Checks values against schemas as they stand in the description. */
export function checkerOf({ components }: Description): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false });
  addFormats(ajv);
  ajv.addSchema({ $id: 'description', components });
  const settled = (schema: object) =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"description#/')) as object;
  return (schema) => ajv.compile(settled(schema));
}

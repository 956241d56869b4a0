/** The types of `client.GET(path, …)`: an answer's body, by the document. */
import type { Client, ClientPathsWithMethod, FetchResponse, MaybeOptionalInit } from 'openapi-fetch';
import type { paths } from './schema.ts';

type Json = 'application/json';
export type Raw = Client<paths, Json>;
export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
export type PathOf<M extends Method> = ClientPathsWithMethod<Raw, M>;

type Required<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type Arguments<I> = [Required<I>] extends [never] ? [init?: I] : [init: I];
type Answer<R> = [NonNullable<R>] extends [never] ? undefined : NonNullable<R>;

export type BodyOf<M extends Method, P extends PathOf<M>> = Answer<
  FetchResponse<paths[P][M] & Record<string | number, unknown>, object, Json>['data']
>;

/** @returns the body of the 2xx. @throws ProblemError, UnreachableError */
export type Ask<M extends Method> = <P extends PathOf<M>>(
  path: P,
  ...init: Arguments<MaybeOptionalInit<paths[P], M>>
) => Promise<BodyOf<M, P>>;

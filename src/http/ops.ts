import express, { type IRouter } from 'express';
import path from 'node:path';
import type { Authentication } from './core/authentication';
import { refuseOthers } from './core/operation';

/** What `npm run build:web` makes of `web/src`. */
const FILES = path.join(__dirname, '..', '..', 'web', 'dist');
/** No text becomes markup or code in this page. The API's own page cannot promise that. */
const TRUSTED_TYPES = "require-trusted-types-for 'script';trusted-types 'none'";

/** Where somebody finds the workflows. */
export interface TemporalPlace {
  /** its Web UI; null: unknown */
  ui: string | null;
  namespace: string;
}

/** The page for team leads. */
export function serveOps(router: IRouter, authentication: Authentication, temporal: TemporalPlace): void {
  router.get('/ops', (_, response) => {
    const policy = response.getHeader('Content-Security-Policy');
    response.setHeader('Content-Security-Policy', `${String(policy)};${TRUSTED_TYPES}`);
    response.sendFile('index.html', { root: FILES });
  });
  // What the page must know to show only what the key may do, and to link to workflows
  router.get('/ops/session', async (request, response) => {
    const holder = await authentication.holderOf(request.headers.authorization, 'conversations:read');
    const { account, scopes } = holder;
    response.setHeader('Cache-Control', 'no-store').json({ account, scopes, temporal });
  });
  for (const at of ['/ops', '/ops/session']) refuseOthers(router, at, ['GET']);
  // A file's name changes with what is in it, so browsers keep the files
  const kept = { index: false, redirect: false, immutable: true, maxAge: '1y' } as const;
  router.use('/ops/assets', express.static(path.join(FILES, 'assets'), kept));
}

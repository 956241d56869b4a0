import express, { type IRouter } from 'express';
import { absolutePath } from 'swagger-ui-dist';
import { openApi } from './openapi';
import { refuseOthers, type Operation } from './operations';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Conversation statuses: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', persistAuthorization: false });\n`;

/** The document that describes the API, and a page that shows it. Nothing comes from another host. */
export function serveDocs(router: IRouter, operations: readonly Operation[]): void {
  const document = JSON.stringify(openApi(operations));
  router.get('/openapi.json', (_, response) => {
    response.type('json').send(document);
  });
  router.get('/docs', (_, response) => {
    response.type('html').send(PAGE);
  });
  router.get('/docs/start.js', (_, response) => {
    response.type('js').send(START);
  });
  router.use('/docs', express.static(absolutePath(), { index: false, redirect: false }));
  for (const path of ['/openapi.json', '/docs']) refuseOthers(router, path, ['GET']);
}

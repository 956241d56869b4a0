#!/usr/bin/env node
'use strict';
/* `npx conversation-status …` in this folder. It needs no build: tsx takes the types away. */
const path = require('path');

try {
  require('tsx/cjs');
} catch (error) {
  require(path.join(__dirname, '..', 'scripts', 'install.js'));
  require('tsx/cjs');
}
const { run } = require('./run.ts');

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
// A reader that has enough (head) is no failure.
process.stdout.on('error', () => process.exit(0));
run(process.argv.slice(2), {
  out: (line) => process.stdout.write(line + '\n'),
  err: (line) => process.stderr.write(line + '\n'),
  env: process.env,
  colors: process.stdout.isTTY === true && !process.env.NO_COLOR,
  terminal: process.stderr.isTTY === true ? process.stderr : undefined,
  signal: stop.signal,
}).then((code) => {
  process.exitCode = code;
});

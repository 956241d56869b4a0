'use strict';
/*
 * Runs before `npm start` and `npm test` and installs the packages that package-lock.json names, if they are
 * missing. It must run on any old Node, because it says that Node is too old.
 */
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');

function main() {
  const wanted = read('package.json').engines.node.replace('>=', '');
  if (isOlder(process.versions.node, wanted)) {
    fail('Node ' + process.versions.node + ' is too old: install Node ' + wanted + ' or newer');
  }
  // Tests need the development packages too; a start does not (npm ci --omit=dev).
  if (isInstalled(process.env.npm_lifecycle_event !== 'prestart')) return;
  install();
}

function isOlder(version, wanted) {
  const have = version.split('.').map(Number);
  const need = wanted.split('.').map(Number);
  return have[0] < need[0] || (have[0] === need[0] && have[1] < (need[1] || 0));
}

/** npm leaves a copy of the lock file in node_modules when it is done. */
function isInstalled(withDev) {
  let there;
  try {
    there = read('node_modules/.package-lock.json').packages;
  } catch (error) {
    return false;
  }
  const locked = read('package-lock.json').packages;
  const isMissing = function (name) {
    const want = locked[name];
    if (there[name]) return there[name].version !== want.version || there[name].integrity !== want.integrity;
    // An optional package is for other platforms.
    return !(want.optional || want.devOptional || want.peer) && (withDev || !want.dev);
  };
  return Object.keys(locked).filter(Boolean).filter(isMissing).length === 0;
}

function install() {
  console.log(
    'Installing packages (npm ci), as package-lock.json or this clone is new. It may take a minute.',
  );
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--no-update-notifier'];
  const result = spawnSync(npm ? process.execPath : 'npm', npm ? [npm].concat(args) : args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  if (result.error)
    fail('npm cannot be run (' + result.error.message + '): install npm, then run this again');
  if (result.status === 0) return;
  const said = String(result.stderr);
  const access = /EACCES|EPERM|EROFS/.test(said);
  const fix = access
    ? 'make ' + root + ' writable, or run as its owner'
    : 'check the network and the npm registry';
  fail(
    'The packages could not be installed: ' + essence(said) + '. To fix: ' + fix + ', then run this again',
  );
}

/** The one line of npm's output that says what went wrong. */
function essence(said) {
  const lines = said
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !/^npm warn/i.test(line));
  const telling = lines.find((line) => !/^(code|errno|syscall|path|type|A complete log)\b/i.test(line));
  return (telling || lines[0] || 'npm failed without a word').replace(/\.$/, '');
}

function read(file) {
  return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
}

function fail(line) {
  console.error(line);
  process.exit(1);
}

main();

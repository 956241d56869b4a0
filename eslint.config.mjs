import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

/**
 * Who may import whom (docs/architecture.md). Each row: a room, and of this repository's places those it may look into
 * besides itself.
 */
const rooms = {
  './src/domain': [],
  './src/metrics': ['src/domain'],
  './src/temporal': ['src/domain', 'src/metrics'],
  './src/db': ['src/domain', 'src/metrics'],
  './src/what-if': ['src/domain'],
  './src/http/core': ['src/domain', 'src/db', 'src/metrics', 'src/temporal/errors.ts'],
  './src/http/resources': [
    ...['src/http/core', 'src/db', 'src/temporal', 'src/domain', 'src/metrics', 'src/what-if'],
    ...['addresses', 'schedule'].map((name) => `src/webhooks/${name}.ts`),
  ],
  './src/channels': [
    ...['src/http/core', 'src/domain', 'src/db', 'src/temporal', 'src/metrics'],
    ...['addresses', 'schedule', 'sender'].map((name) => `src/webhooks/${name}.ts`),
  ],
  './src/webhooks': ['src/domain', 'src/db', 'src/temporal', 'src/metrics'],
  './src/maintenance': ['src/domain', 'src/db', 'src/temporal', 'src/metrics'],
  './src/embedded': ['src/domain', 'src/runtime'],
  './src/runtime': [
    ...[
      'src/domain',
      'src/temporal',
      'src/db',
      'src/http',
      'src/channels',
      'src/webhooks',
      'src/maintenance',
    ],
    ...['src/metrics', 'activities'],
  ],
  './activities': ['src/domain', 'src/db', 'src/temporal', 'src/webhooks', 'src/metrics'],
  './clients': [],
  './cli': ['clients'],
  './web': ['clients/typescript'],
  './workflows': ['src/domain', 'src/temporal/contract.ts', 'src/temporal/code-number.ts', 'activities'],
};

/** Everything of ours, so that what a room may not import can be listed. */
const places = [
  ...[
    'domain',
    'temporal',
    'db',
    'http',
    'channels',
    'webhooks',
    'what-if',
    'maintenance',
    'metrics',
    'runtime',
    'embedded',
  ].map((name) => `src/${name}`),
  ...['workflows', 'activities', 'clients', 'cli', 'web', 'test', 'bench', 'examples'],
];

function zonesOf([target, allowed]) {
  const outside = (place) => !target.startsWith(`./${place}`) || place === 'src/http';
  const forbidden = places.filter((place) => outside(place) && !allowed.includes(place));
  return forbidden.map((place) => ({
    target,
    from: `./${place}`,
    except: [target, ...allowed.map((name) => `./${name}`)]
      .filter((name) => name.startsWith(`./${place}/`))
      .map((name) => `.${name.slice(place.length + 2)}`),
  }));
}

/** The roots (`src/*.ts`) start processes; nothing imports them. */
const roots = Object.keys(rooms).map((target) => ({ target, from: './src/*.ts' }));

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      '.data',
      '.cache',
      'dist',
      'web/dist',
      'coverage',
      '**/*.mjs',
      'scripts/**',
      'test/compose/stand-ins/**',
      'src/http/pages/**',
      'clients/typescript/src/schema.ts', // generated
      'jest.config.js',
      'cli/*.js',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.tsx', '.js', '.json'] } } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-depth': ['error', 3],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        { zones: [...Object.entries(rooms).flatMap(zonesOf), ...roots] },
      ],
    },
  },
  {
    files: [
      ...['workflows/**/*.ts', 'src/domain/**/*.ts'],
      ...['src/temporal/contract.ts', 'src/temporal/code-number.ts'],
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex:
                '^(node:|fs$|path$|crypto$|http$|pg$|express$|pino$|@temporalio/(client|worker|activity|testing))',
              message: 'This code runs in the Temporal sandbox or is pure: no I/O.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: 'Time is an argument.',
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time is an argument.',
        },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'No randomness.',
        },
      ],
    },
  },
);

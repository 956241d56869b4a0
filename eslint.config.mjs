import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

/** Who may import whom (docs/architecture.md). Each row: a room, and the rooms it may not look into. */
const rooms = [
  ['./src/domain', ['./src/!(domain)/**', './src/*.ts', './workflows', './activities', './test']],
  ['./src/temporal', ['./src/!(domain|temporal)/**', './src/*.ts', './workflows', './activities', './test']],
  ['./src/db', ['./src/!(domain|db)/**', './src/*.ts', './workflows', './activities', './test']],
  [
    './src/http',
    ['./src/!(domain|db|temporal|http)/**', './src/*.ts', './workflows', './activities', './test'],
  ],
  ['./src/embedded', ['./src/!(domain|embedded)/**', './workflows', './activities', './test']],
  ['./src/processes', ['./src/embedded', './test']],
  ['./activities', ['./src/!(domain|db|temporal)/**', './src/*.ts', './workflows', './test']],
  ['./workflows', ['./src/!(domain|temporal)/**', './src/temporal/!(contract).ts', './src/*.ts', './test']],
];

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      '.data',
      '.cache',
      'dist',
      'coverage',
      '**/*.mjs',
      'scripts/**',
      'src/http/pages/**',
      'jest.config.js',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js', '.json'] } } },
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
        { zones: rooms.flatMap(([target, from]) => from.map((f) => ({ target, from: f }))) },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts', 'src/domain/**/*.ts', 'src/temporal/contract.ts'],
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

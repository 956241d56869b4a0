import { defineConfig } from 'vite';

/** Served under /ops. A file's name holds a digest of what is in it, so a browser may keep it for ever. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/ops/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:3000', '/readyz': 'http://127.0.0.1:3000' } },
});
